#!/usr/bin/env python3
"""Writes the case files of this folder, one for each profile of settings.

    python3 convert.py RECORDINGS

RECORDINGS is a folder that holds `cases.jsonl` (what was asked), `golden/PROFILE.json` (what a
Django project with SimpleJWT answered) and `check.py` (which settings a profile has). The form
that is written is explained in README.md. The recordings are data: nothing is judged here.
"""

import base64
import json
import re
import runpy
import sys
from collections import Counter
from pathlib import Path
from urllib.parse import urlencode

HERE = Path(__file__).resolve().parent
BOUNDARY = "----boundary-of-a-form"
LOGIN = {
    "id": "login",
    "method": "POST",
    "path": "/auth/token/",
    "json": {"username": "{{u}}", "password": "{{pw}}"},
}
# A second passed between question and answer of some recordings.
TICKED = {1: 0, 11: 10, 31: 30}
SPOILS = {
    "tamper_sig_first": "signature-start",
    "tamper_sig_last": "signature-end",
    "sig_nonzero_bits": "signature-spare-bits",
    "tamper_payload": "payload",
}


def compact(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def quoted(text):
    return json.dumps(text, ensure_ascii=False)


def shortened(text):
    """Long runs, as `{{4096 * a}}`; a `#` counts from 0."""
    fields = re.compile(r"f0=1(&f\d+=1){99,}")
    text = fields.sub(lambda m: "{{%d * f#=1&}}f%d=1" % ((n := m[0].count("&")), n), text)
    run = re.compile(r"([\w$\[ ]{1,4}?)\1{39,}")
    return run.sub(lambda m: "{{%d * %s}}" % (len(m[0]) // len(m[1]), m[1]), text)


def reference(text):
    """A placeholder of the recordings, as ours: a token is a name as any other, and a claim brings
    its own quotes."""
    text = re.sub(r'"\{\{claim:([^}]*)\}\}"', r"{{\1}}", text)
    return re.sub(r"\{\{(tok|claim):", "{{", text)


# ------------------------------------------------------------------------------ what is asked


def claims_text(claims):
    """Claims as they are signed, with placeholders where a value is known only then."""

    def stand_in(value):
        if isinstance(value, dict):
            return {name: stand_in(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [stand_in(inner) for inner in value]
        if not isinstance(value, str) or not value.startswith("@"):
            return value
        if value == "@jti":
            return "{{jti}}"
        if value == "@inf":
            return float("inf")
        name = re.sub(r"^nowf", "now", value[1:].removeprefix("claim:"))
        return f"@@{name}@@"

    text = json.dumps(stand_in(claims), separators=(",", ":"))
    return re.sub(r'"@@(.*?)@@"', r"{{\1}}", text)


def forged(forge, algorithm):
    payload = forge["raw_payload"] if "raw_payload" in forge else claims_text(forge["claims"])
    key, signed_with = forge.get("key", "server"), forge.get("alg", algorithm)
    header = {"alg": signed_with, "typ": "JWT"}
    for name, value in forge.get("header", {}).items():
        header.pop(name, None) if value == "@del" else header.update({name: value})
    header = forge.get("raw_header", compact(header))
    if "none" in (key, signed_with):
        key = signed_with = "none"
    if (key, signed_with, header) == ("server", algorithm, compact({"alg": algorithm, "typ": "JWT"})):
        return f"signed {payload}"
    assert " " not in header
    return f"forged {signed_with} {key} {header} {payload}"


def mutated(origin, mutations):
    """One change is named; changes of the text are written as a text."""
    first = mutations[0]
    if first["op"] in SPOILS:
        return f"spoilt {origin} {SPOILS[first['op']]}"
    if first["op"] == "claims":
        changes = first.get("set", {}) | {name: None for name in first.get("del", [])}
        return f"changed {origin} {claims_text(changes)}"
    text = "{{%s}}" % origin
    for mutation in mutations:
        whole, head = "{{%s}}" % origin, "{{%s|header}}.{{%s|payload}}" % (origin, origin)
        text = {
            "prefix": lambda: mutation["text"] + text,
            "suffix": lambda: text + mutation["text"],
            "add_segment": lambda: text + ".AAAA",
            # The signature of HS256 lacks one character of a full group.
            "pad": lambda: text + "=",
            "strip_sig": lambda: text.replace(whole, head + "."),
            "drop_segment": lambda: text.replace(whole, head),
            "swap_sig": lambda: text.replace(whole, head + ".{{%s|signature}}" % mutation["with"]),
        }[mutation["op"]]()
    return f"text {quoted(text)}"


def request(step):
    path = re.sub(r"^/protected(/?)", r"/accounts/me\1", reference(step["path"]))
    lines = [f"> {step['method']} {path}" + (f" as {step['id']}" if "id" in step else "")]
    headers = [(name, reference(value)) for name, value in step.get("headers", [])]
    body = None
    if "json" in step:
        body = "json " + json.dumps(step["json"])
    elif "form" in step:
        fields = step["form"].items() if isinstance(step["form"], dict) else map(tuple, step["form"])
        headers.append(("Content-Type", "application/x-www-form-urlencoded"))
        body = "body " + quoted(urlencode(list(fields), safe="{}"))
    elif "multipart" in step:
        headers.append(("Content-Type", f"multipart/form-data; boundary={BOUNDARY}"))
        parts = (
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in step["multipart"].items()
        )
        body = "body " + quoted("".join(parts) + f"--{BOUNDARY}--\r\n")
    elif "body_b64" in step:
        base64.b64decode(step["body_b64"], validate=True)
        body = "base64 " + step["body_b64"]
    elif "body" in step:
        run = "{{%d * %s}}" % (step["repeat"][1], step["repeat"][0]) if "repeat" in step else ""
        body = "body " + quoted(step["body"].replace("%REPEAT%", run))
    for name, value in headers:
        # One character for each byte.
        value = value.encode("latin-1", "surrogateescape").decode("latin-1")
        plain = value.isascii() and value.isprintable() and value == value.strip() and value != ""
        lines.append(f"> {name}: {value if plain else quoted(value)}")
    return lines + ([shortened(reference(body))] if body else [])


def change_of_user(step):
    assert step["username"] == "{{u}}"
    return {
        "set_active": lambda: "activate" if step["is_active"] else "deactivate",
        "delete_user": lambda: "delete",
        "set_password": lambda: f"password {quoted(step['password'])}",
    }[step["hook"]]()


def new_user(user):
    told = {"username": user.get("username"), "password": user.get("password")}
    told = {name: value for name, value in told.items() if value is not None}
    if not user.get("is_active", True):
        told["is_active"] = False
    return "user" + (f" {compact(told)}" if told else "")


# --------------------------------------------------------------------------- what is answered


class Answers:
    """The answers of a profile: tokens and heads that recur get names."""

    def __init__(self, recorded):
        self.tokens, heads = Counter(), {}
        for answer in recorded:
            if "hook" in answer:
                continue
            self.body(answer, seen=self.tokens)
            heads.setdefault(self.kind(answer), Counter())[compact(answer["headers"])] += 1
        self.heads = {kind: json.loads(seen.most_common(1)[0][0]) for kind, seen in sorted(heads.items())}
        self.names, used = {}, Counter()
        for token, _ in self.tokens.most_common():
            claims = json.loads(token)[1]
            kind = claims.get("token_type") or claims.get("typ") or "token"
            used[kind] += 1
            self.names[token] = kind if used[kind] == 1 else f"{kind}-{used[kind]}"

    @staticmethod
    def kind(answer):
        headers, status = answer["headers"], answer["status"]
        kind = {"OPTIONS, POST": "post", "GET, HEAD, OPTIONS": "get"}.get(headers.get("allow"), "other")
        if kind == "other" and status == 200 and answer.get("body", "") is None:
            kind = "preflight"
        kind += "-401" if status == 401 else ""
        return kind + ("-cors" if "access-control-allow-origin" in headers else "")

    def value(self, value, seen):
        if isinstance(value, list):
            return [self.value(inner, seen) for inner in value]
        if isinstance(value, dict):
            if "<seconds from now>" in value:
                seconds = value["<seconds from now>"]
                seconds = TICKED.get(seconds, seconds)
                assert value["type"] == "int"
                return f"<now{seconds:+}>" if seconds else "<now>"
            if "<jwt>" in value:
                token = value["<jwt>"]
                assert token["signature"] == "ok"
                text = compact([token["header"], self.value(token["claims"], seen)])
                if seen is not None:
                    seen[text] += 1
                    return text
                return f"<{self.names[text]}>"
            return {name: self.value(inner, seen) for name, inner in value.items()}
        if isinstance(value, str):
            value = value.replace("<u>", "{{u}}").replace("<MD5 upper hex>", "<md5>")
            value = re.sub(r"^<int id(\d+)>$", r"<number \1>", value)
            return re.sub(r"<str id(\d+)>", r"<id \1>", value)
        return value

    def body(self, answer, seen=None):
        if "html" in answer:
            return "page"
        if "json" in answer:
            assert answer["style"] == "compact"
            return shortened(compact(self.value(answer["json"], seen)))
        assert answer["body"] is None
        return "empty"

    def lines(self, answer, step):
        ignored, kind = set(answer["ignore"]), self.kind(answer)
        status = "*" if "status" in ignored else answer["status"]
        body = "*" if "body" in ignored else self.body(answer)
        if "/protected" in step["path"] and answer["status"] == 200 and body.startswith("{"):
            body = "with " + body
        lines, usual, headers = [f"< {status} {kind} {body}"], self.heads[kind], answer["headers"]
        for name in sorted(usual.keys() | headers.keys() | (ignored - {"status", "reason", "body"})):
            if name in ignored:
                lines.append(f"< {name}: *")
            elif name not in headers:
                lines.append(f"< no {name}")
            elif headers[name] != usual.get(name):
                lines.append(f"< {name}: {header_value(headers[name])}")
        return lines


def header_value(value):
    return {"<length of the body>": "<length>"}.get(value, value)


# ------------------------------------------------------------------------------- whole files


def case_lines(case, recorded, answers, algorithm, login):
    lines = [f"case {case['name']}", case["level"]]
    lines += [f"# {case['note']}"] if case.get("note") else []
    lines += [new_user(user) for user in case.get("users", [])]
    left = iter(recorded)
    for step in case["steps"]:
        if "forge" in step:
            lines.append(f"{step['token']} = {reference(forged(step['forge'], algorithm))}")
        elif "token" in step:
            lines.append(f"{step['token']} = {mutated(step['from'], step['mutate'])}")
        elif step.get("show"):
            shown = next(left)["hook"]["user.last_login"]
            lines.append(f"last-login {'set' if shown else 'never'}")
        elif "hook" in step:
            lines.append(change_of_user(step))
        else:
            exchange = request(step) + answers.lines(next(left), step)
            lines += ["login"] if exchange == login else exchange
    assert next(left, None) is None, case["name"]
    return lines


def profile_text(name, settings, cases, recording):
    algorithm = settings.get("SIGNET_ALGORITHM", "HS256")
    answers = Answers(answer for case in cases for answer in recording[case["name"]]["normalised"])
    logins = Counter(
        "\n".join(request(step) + answers.lines(recording[case["name"]]["normalised"][0], step))
        for case in cases
        for step in case["steps"][:1]
        if {"ignore": []} | step == {"ignore": []} | LOGIN
    )
    login = logins.most_common(1)[0][0].split("\n") if logins else None
    blocks = [["# Made by convert.py; README.md explains the form.", f"profile {name}"]]
    blocks[0] += [f"{variable}={value}" for variable, value in settings.items()]
    for kind, headers in answers.heads.items():
        blocks.append([f"head {kind}"] + [f"< {name}: {header_value(value)}" for name, value in headers.items()])
    tokens = ([name, *map(compact, json.loads(token))] for token, name in answers.names.items())
    blocks += [[f"token {name}", header, claims] for name, header, claims in sorted(tokens)]
    blocks += [["exchange login"] + login] if login else []
    blocks += [
        case_lines(case, recording[case["name"]]["normalised"], answers, algorithm, login)
        for case in cases
    ]
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def settings_of(profile, check):
    """The settings of a profile; key pairs are the ones of this folder."""
    settings = check["BASE"] | check["OPTIONAL"] | check["PROFILES"][profile]
    key = settings.pop("_key", None)
    settings.pop("_make", None)
    if key:
        settings |= {
            "SIGNET_SIGNING_KEY_FILE": f"{{{{keys}}}}/{key}.pem",
            "SIGNET_VERIFYING_KEY_FILE": f"{{{{keys}}}}/{key}.pub.pem",
        }
    return {name: value for name, value in settings.items() if value is not None}


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    recordings = Path(sys.argv[1])
    check = runpy.run_path(str(recordings / "check.py"), run_name="check")
    lines = (recordings / "cases.jsonl").read_text("utf-8").splitlines()
    cases = {case["name"]: case for case in map(json.loads, filter(None, lines))}
    for profile in check["PROFILES"]:
        golden = json.loads((recordings / "golden" / f"{profile}.json").read_text("utf-8"))
        recording = golden["cases"]
        text = profile_text(profile, settings_of(profile, check), [cases[name] for name in recording], recording)
        (HERE / f"{profile}.cases").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
