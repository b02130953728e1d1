"""A cause's page: the idea, an example with the commands that show it, and what to read.

`docs/causes.md` is all of them, one below the other; `grader explain` prints one.
"""

from grader.judge.causes.all_causes import CAUSES, GROUPS
from grader.judge.causes.cause import Cause

_HEAD = """# Causes

Why checks fail, by misconception. A report names the ones it found before the checks themselves; \
`grader explain CAUSE` prints one of these pages. The pages are made from the same rows as the \
reports (`grader/judge/causes/`); a test keeps them equal.
"""


def cause_of(name: str) -> Cause | None:
    """Return the row of a cause by its id; None where there is none, as in results of others."""
    return next((cause for cause in CAUSES if cause.id == name), None)


def page_of(name: str) -> str | None:
    """Return a cause's page as Markdown, with a final newline; None for no such cause."""
    cause = cause_of(name)
    return _page(cause, "#") if cause else None


def all_ids() -> tuple[tuple[str, str], ...]:
    """Return the id and the title of every cause, in the order in which they are looked for."""
    return tuple((cause.id, cause.title) for cause in CAUSES)


def all_pages() -> str:
    """Return docs/causes.md: every page, and a list of them by topic at the top."""
    parts = [_HEAD]
    for title, rows in GROUPS.items():
        links = "\n".join(f"- [{row.title}](#{row.id})" for row in rows)
        parts.append(f"{title}:\n\n{links}\n")
    for title, rows in GROUPS.items():
        parts.append(f"## {title}\n")
        parts += [_page(row, "###") for row in rows]
    return "\n".join(parts)


def _page(cause: Cause, level: str) -> str:
    anchor = f'<a id="{cause.id}"></a>\n\n' if level != "#" else ""
    read = "\n".join(f"- <{link}>" for link in cause.read)
    return (
        f"{anchor}{level} {cause.title}\n\n"
        f"`{cause.id}`\n\n"
        f"{cause.why}\n\n"
        f"Where to look: {cause.direction}\n\n"
        f"```sh\n{cause.example}\n```\n\n"
        f"To read:\n\n{read}\n"
    )
