"""The base of every model that crosses a file boundary."""

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """Strict, immutable, and closed: an unknown field is an error, not a silent loss."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")
