"""Why checks failed: misconceptions, each with a test over all that was seen of a part."""

from grader.judge.causes.cause_page import all_ids, all_pages, cause_of, page_of
from grader.judge.causes.search import find_causes

__all__ = ["all_ids", "all_pages", "cause_of", "find_causes", "page_of"]
