"""DICOM that leaves: reports and captures of findings, files without names, a PACS, a folder that is watched.

What comes in is `mmfundus.data.dicom`'s matter. Nothing here logs or prints an attribute of a file.
"""
