"""DICOM files: what they say of an image, and its frames as 8-bit RGB.

`files` is what the rest of the package calls. It never parses a DICOM file itself: `worker` does, in a process of its
own that is limited in memory and time, for a DICOM file may lie about every length in it and its codecs are C.
"""
