//! The files of cases: what is asked, step by step, and what is expected.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::expected::{Body, Expected, Head, Shape};

/// The cases that one set of settings answers.
#[derive(Debug)]
pub struct Profile {
    /// Its name, which is the file's.
    pub name: String,
    /// Environment variables, by their whole names.
    pub settings: Vec<(String, String)>,
    /// Tokens that answers may hold, by the names that the file gives them.
    pub shapes: HashMap<String, Shape>,
    /// In the order of the file.
    pub cases: Vec<Case>,
}

/// One case: a story about one user.
#[derive(Debug)]
pub struct Case {
    /// The behaviour that it shows. Names are unique within a profile.
    pub name: String,
    /// Its level: `must`, `should`, or `accident` for behaviour that should not be imitated.
    pub level: String,
    pub(crate) steps: Vec<Step>,
}

/// One step of a case. Texts are still templates.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    CreateUser {
        username: String,
        password: String,
        is_active: bool,
    },
    SetActive(bool),
    SetPassword(String),
    DeleteUser,
    LastLogin {
        is_set: bool,
    },
    Token {
        name: String,
        made: TokenSource,
    },
    Exchange(Box<Exchange>),
}

/// The source of a token.
#[derive(Debug, Clone)]
pub(crate) enum TokenSource {
    /// As the server would sign it.
    Signed { claims: String },
    /// Forged with a foreign key, or in another way.
    Forged {
        algorithm: String,
        key: String,
        header: String,
        payload: String,
    },
    /// An existing token with some bits changed.
    Tampered { origin: String, part: String },
    /// An existing token with changed claims and a new signature; null removes a claim.
    Changed { origin: String, changes: String },
    /// A text.
    Text(String),
}

/// A request and its answer.
#[derive(Debug, Clone)]
pub(crate) struct Exchange {
    /// The name under which later steps find the answer.
    pub(crate) name: Option<String>,
    pub(crate) method: String,
    pub(crate) path: String,
    /// Values hold one character for each byte.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: RequestBody,
    pub(crate) expected: Expected,
}

/// A body that is sent.
#[derive(Debug, Clone)]
pub(crate) enum RequestBody {
    Nothing,
    Json(String),
    Text(String),
    Bytes(Vec<u8>),
}

impl Profile {
    /// The names of the profiles in a folder, in alphabetical order.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn names(folder: &Path) -> Result<Vec<String>> {
        let files = std::fs::read_dir(folder).with_context(|| folder.display().to_string())?;
        let files: Vec<PathBuf> = files
            .map(|file| Ok(file?.path()))
            .collect::<std::io::Result<_>>()?;
        let mut names: Vec<String> = files
            .iter()
            .filter_map(|path| path.file_name()?.to_str()?.strip_suffix(".cases"))
            .map(str::to_owned)
            .collect();
        names.sort();
        Ok(names)
    }

    /// Reads `NAME.cases` of a folder.
    ///
    /// # Errors
    /// If the file is missing or malformed.
    pub fn read(folder: &Path, name: &str) -> Result<Self> {
        let path = folder.join(format!("{name}.cases"));
        let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        let keys = folder.join("keys");
        let keys = keys.to_str().context("the folder's name is no text")?;
        Reader::default().read(&text.replace("{{keys}}", keys))
    }

    /// Returns a setting of the profile.
    pub fn setting(&self, name: &str) -> Option<&str> {
        let mut settings = self.settings.iter();
        let found = settings.find(|(variable, _)| variable == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// The definitions of earlier lines.
#[derive(Default)]
struct Reader {
    heads: HashMap<String, Head>,
    exchanges: HashMap<String, Step>,
}

/// The lines of a block that are yet to be read.
type Lines<'a> = std::iter::Peekable<std::vec::IntoIter<&'a str>>;

impl Reader {
    fn read(mut self, text: &str) -> Result<Profile> {
        let mut profile = Profile {
            name: String::new(),
            settings: Vec::new(),
            shapes: HashMap::new(),
            cases: Vec::new(),
        };
        for block in text.split("\n\n") {
            let lines = block.lines().filter(|line| !line.starts_with('#'));
            let mut lines = lines.collect::<Vec<_>>().into_iter().peekable();
            let first = lines.next().context("an empty block")?;
            self.block(first, lines, &mut profile)
                .with_context(|| format!("in the block `{first}`"))?;
        }
        Ok(profile)
    }

    fn block(&mut self, first: &str, mut lines: Lines<'_>, into: &mut Profile) -> Result<()> {
        let (kind, name) = first.split_once(' ').context("a block has a name")?;
        let name = name.to_owned();
        match kind {
            "profile" => {
                into.name = name;
                for line in lines {
                    let (variable, value) = line.split_once('=').context("VARIABLE=VALUE")?;
                    into.settings.push((variable.to_owned(), value.to_owned()));
                }
            }
            "head" => {
                let mut head = Head::default();
                lines.try_for_each(|line| head.correct(answered(line)?))?;
                self.heads.insert(name, head);
            }
            "token" => {
                let mut next = || -> Result<Value> {
                    let line = lines.next().context("a token has two lines")?;
                    Ok(serde_json::from_str(line)?)
                };
                let (header, claims) = (next()?, next()?);
                into.shapes.insert(name, Shape { header, claims });
            }
            "exchange" => {
                let step = self.step(&mut lines)?;
                self.exchanges.insert(name, step);
            }
            "case" => {
                let level = lines.next().context("a case has a level")?.to_owned();
                let mut steps = Vec::new();
                while lines.peek().is_some() {
                    steps.push(self.step(&mut lines)?);
                }
                into.cases.push(Case { name, level, steps });
            }
            _ => bail!("no such block"),
        }
        Ok(())
    }

    fn step(&self, lines: &mut Lines<'_>) -> Result<Step> {
        let line = lines.next().context("a step")?;
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        Ok(match word {
            ">" => Step::Exchange(Box::new(self.exchange(rest, lines)?)),
            "user" => new_user(rest)?,
            "activate" => Step::SetActive(true),
            "deactivate" => Step::SetActive(false),
            "delete" => Step::DeleteUser,
            "password" => Step::SetPassword(serde_json::from_str(rest)?),
            "last-login" => Step::LastLogin {
                is_set: rest == "set",
            },
            name => match rest.strip_prefix("= ") {
                Some(made) => Step::Token {
                    name: name.to_owned(),
                    made: token_source(made).with_context(|| line.to_owned())?,
                },
                None => {
                    let known = self.exchanges.get(line);
                    known.with_context(|| format!("no step: {line}"))?.clone()
                }
            },
        })
    }

    fn exchange(&self, request: &str, lines: &mut Lines<'_>) -> Result<Exchange> {
        let (request, name) = match request.split_once(" as ") {
            Some((request, name)) => (request, Some(name.to_owned())),
            None => (request, None),
        };
        let (method, path) = request.split_once(' ').context("> METHOD PATH")?;
        let mut headers = Vec::new();
        while let Some(header) = lines.next_if(|line| line.starts_with("> ")) {
            let (name, value) = header[2..].split_once(": ").context("> NAME: VALUE")?;
            headers.push((name.to_owned(), quoted_or_plain(value)?));
        }
        let body = match lines.next_if(|line| !line.starts_with("< ")) {
            None => RequestBody::Nothing,
            Some(line) => match line.split_once(' ').context("a body")? {
                ("json", text) => RequestBody::Json(text.to_owned()),
                ("body", text) => RequestBody::Text(serde_json::from_str(text)?),
                ("base64", text) => RequestBody::Bytes(STANDARD.decode(text)?),
                _ => bail!("no body: {line}"),
            },
        };
        Ok(Exchange {
            name,
            method: method.to_owned(),
            path: path.to_owned(),
            headers,
            body,
            expected: self.expected(lines)?,
        })
    }

    fn expected(&self, lines: &mut Lines<'_>) -> Result<Expected> {
        let line = answered(lines.next().context("an answer")?)?;
        let mut words = line.splitn(3, ' ');
        let mut word = || words.next().context("< STATUS HEAD BODY");
        let (status, head, body) = (word()?, word()?, word()?);
        let status = match status {
            "*" => None,
            status => Some(status.parse().context("a status")?),
        };
        let head = self.heads.get(head);
        let mut head = head.context("no such head")?.clone();
        while let Some(line) = lines.next_if(|line| line.starts_with("< ")) {
            head.correct(answered(line)?)?;
        }
        let body = Body::read(body).with_context(|| body.to_owned())?;
        Ok(Expected { status, head, body })
    }
}

/// Returns the text behind the `<` of a line.
fn answered(line: &str) -> Result<&str> {
    line.strip_prefix("< ").context("a line of an answer")
}

fn quoted_or_plain(value: &str) -> Result<String> {
    if value.starts_with('"') {
        Ok(serde_json::from_str(value)?)
    } else {
        Ok(value.to_owned())
    }
}

fn new_user(told: &str) -> Result<Step> {
    let told: Value = serde_json::from_str(if told.is_empty() { "{}" } else { told })?;
    let text = |name: &str, otherwise: &str| told[name].as_str().unwrap_or(otherwise).to_owned();
    Ok(Step::CreateUser {
        username: text("username", "{{u}}"),
        password: text("password", "{{pw}}"),
        is_active: told["is_active"].as_bool().unwrap_or(true),
    })
}

fn token_source(made: &str) -> Result<TokenSource> {
    let (how, rest) = made.split_once(' ').context("how it is made")?;
    let mut words = rest.splitn(if how == "forged" { 4 } else { 2 }, ' ');
    let mut word = || words.next().map(str::to_owned).context("another word");
    Ok(match how {
        "signed" => TokenSource::Signed {
            claims: rest.to_owned(),
        },
        "forged" => TokenSource::Forged {
            algorithm: word()?,
            key: word()?,
            header: word()?,
            payload: word()?,
        },
        "spoilt" => TokenSource::Tampered {
            origin: word()?,
            part: word()?,
        },
        "changed" => TokenSource::Changed {
            origin: word()?,
            changes: word()?,
        },
        "text" => TokenSource::Text(serde_json::from_str(rest)?),
        _ => bail!("made in no known way"),
    })
}
