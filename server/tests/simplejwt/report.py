"""Running tests, and saying how they went in the form of `cargo test`."""

import sys
import unittest


def run(suite, name):
    """Runs the tests; whether all was well."""
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=0).run(suite)
    # What failed is a test, or a part of one, which does not count for itself.
    whole = {getattr(case, "test_case", case) for case, _ in result.failures + result.errors}
    skipped = len(result.skipped)
    passed = max(result.testsRun - skipped - len(whole), 0)
    word = "FAILED" if whole else "ok"
    line = f"{passed} passed; {len(whole)} failed; {skipped} ignored; {name}"
    print(f"test result: {word}. {line}", flush=True)
    return not whole
