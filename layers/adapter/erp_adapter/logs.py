"""The functions' log: one JSON object a line, in ASCII, whatever a field holds.

Powertools writes letters as they are; then U+2028 or a C1 control would break a line for some
readers, and a lone surrogate the writing itself.
"""

import json
import logging
from typing import Any, Final

from aws_lambda_powertools import Logger

_TALKATIVE: Final = ("boto3", "botocore", "httpcore", "httpx", "urllib3")
"""At DEBUG they log secrets and documents; Lambda's ApplicationLogLevel would turn them up, too."""


def logger(service: str) -> Logger:
    """The logger of a function, in a process whose libraries only warn."""
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    return Logger(service=service, json_serializer=one_line)


def one_line(fields: Any) -> str:
    """The fields as JSON in which every control character is escaped, DEL included."""
    return json.dumps(fields, default=str, separators=(",", ":")).replace("\x7f", "\\u007f")
