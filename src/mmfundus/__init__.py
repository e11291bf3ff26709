"""mmfundus: the open vision-language toolkit for the eye. Research software, not a medical device."""

__version__ = "0.1.0"
NOTICE = "Research software, not a medical device."
