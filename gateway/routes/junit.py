"""A report of played cases as JUnit XML, which every CI system shows."""

from xml.sax.saxutils import escape, quoteattr

from gateway.routes.playing import Report


def as_junit(report: Report, file: str) -> str:
    """Write the report; `file` names the suite."""
    failed = sum(bool(result.failures) for result in report.results)
    counts = f'tests="{len(report.results)}" failures="{failed}" errors="0"'
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f"<testsuite name={_quoted(file)} {counts}>"]
    for result in report.results:
        lines.append(f"  <testcase classname={_quoted(file)} name={_quoted(result.name)}>")
        for failure in result.failures:
            text = escape(_plain(str(failure)))
            lines.append(f"    <failure message={_quoted(failure.text)}>{text}</failure>")
        lines.append("  </testcase>")
    return "\n".join([*lines, "</testsuite>"]) + "\n"


def _quoted(text: str) -> str:
    return quoteattr(_plain(text))


def _plain(text: str) -> str:
    """Leave out what XML cannot carry."""
    return "".join(c for c in text if c in "\t\n" or (c >= " " and c not in "\ufffe\uffff"))
