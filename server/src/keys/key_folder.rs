//! The keys that Signet keeps for itself, in the data directory.
//!
//! `signing.key` signs. A rotation leaves its predecessor as `former.ID.key`; the first server
//! that takes it up knows how long the last token lives that may have been signed with it, and
//! writes that into the name: `former.ID.SECONDS.key`.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Result as IoResult, Write};
use std::path::{Path, PathBuf};

use jsonwebtoken::Algorithm;

use crate::clock::Timestamp;
use crate::keys::KeyError;
use crate::keys::key::Key;
use crate::keys::keyring::RetiredKey;
use crate::keys::text::KeyText;

/// The name of the file that holds the signing key.
const SIGNING: &str = "signing.key";

/// A former key's file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetiredFile {
    /// The file.
    pub path: PathBuf,
    /// The key's name.
    pub id: String,
    /// Until when it verifies; `None` until a server has taken it up.
    pub until: Option<Timestamp>,
}

/// The keys in one folder.
#[derive(Clone, Copy, Debug)]
pub struct KeyFolder<'a> {
    path: &'a Path,
    algorithm: Algorithm,
}

impl<'a> KeyFolder<'a> {
    /// The keys of `algorithm` in this folder.
    pub fn new(path: &'a Path, algorithm: Algorithm) -> Self {
        Self { path, algorithm }
    }

    /// The file of the signing key.
    pub fn signing_path(&self) -> PathBuf {
        self.path.join(SIGNING)
    }

    /// Returns the signing key, and whether this call made it. The first call makes the key in a
    /// file that only its owner may read. A new key has no retired keys beside it: deleting the
    /// signing key retires them all.
    ///
    /// # Errors
    /// [`KeyError`] if the file cannot be read or written, or holds no usable key.
    pub fn signing(&self) -> Result<(Key, bool), KeyError> {
        let path = self.signing_path();
        let is_new = !path.exists() && self.make(&path)? == KeyFile::Made;
        if is_new {
            for file in self.former()? {
                let removed = ignore_missing(std::fs::remove_file(&file.path));
                removed.map_err(|source| KeyError::file(&file.path, source))?;
            }
        }
        Ok((self.read(&path)?, is_new))
    }

    /// The former keys that verify still. One that no server has taken up before verifies until
    /// `until` from now on; the file of one that is over is deleted.
    ///
    /// # Errors
    /// [`KeyError`] if a file cannot be read or renamed, or holds no usable key.
    pub fn take_up_former(
        &self,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<RetiredKey>, KeyError> {
        let _locked = self.lock()?;
        let mut keys = Vec::new();
        for file in self.former()? {
            let at = |source| KeyError::file(&file.path, source);
            if file.until.is_some_and(|until| until <= now) {
                ignore_missing(std::fs::remove_file(&file.path)).map_err(at)?;
                continue;
            }
            let key = self.read(&file.path)?;
            if file.until.is_none() {
                let dated = self.former_path(key.id(), Some(until));
                std::fs::rename(&file.path, dated).map_err(at)?;
            }
            keys.push(RetiredKey {
                key,
                until: file.until.unwrap_or(until),
            });
        }
        Ok(keys)
    }

    /// Returns the files of retired keys.
    ///
    /// # Errors
    /// [`KeyError::File`] if the folder cannot be read.
    pub fn former(&self) -> Result<Vec<RetiredFile>, KeyError> {
        let at = |source| KeyError::file(self.path, source);
        let mut files = Vec::new();
        for entry in std::fs::read_dir(self.path).map_err(at)? {
            let path = entry.map_err(at)?.path();
            let name = path.file_name().and_then(|name| name.to_str());
            if let Some((id, until)) = name.and_then(read_former_name) {
                files.push(RetiredFile { id, until, path });
            }
        }
        files.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(files)
    }

    /// Makes a new signing key and retires the current one. A signing key exists at every moment.
    ///
    /// # Errors
    /// [`KeyError`] if a file cannot be read or written.
    pub fn rotate(&self) -> Result<(Key, Key), KeyError> {
        let at = |source| KeyError::file(self.path, source);
        let folder = self.lock()?;
        let (former, _) = self.signing()?;
        let text = Key::generate(self.algorithm)?;
        let rotate = || -> IoResult<()> {
            let draft = self.write_draft(&text)?;
            ignore_existing(std::fs::hard_link(
                self.signing_path(),
                self.former_path(former.id(), None),
            ))?;
            folder.sync_all()?;
            std::fs::rename(draft, self.signing_path())?;
            folder.sync_all()
        };
        rotate().map_err(at)?;
        Ok((Key::new(self.algorithm, &text)?, former))
    }

    /// Locks the folder against changes by other processes until the lock is dropped.
    fn lock(&self) -> Result<File, KeyError> {
        let at = |source| KeyError::file(self.path, source);
        let folder = File::open(self.path).map_err(at)?;
        folder.lock().map_err(at)?;
        Ok(folder)
    }

    fn read(&self, path: &Path) -> Result<Key, KeyError> {
        let text = KeyText::read(path)?;
        Key::new(self.algorithm, &text).map_err(|error| KeyError::Kept {
            path: path.display().to_string(),
            source: Box::new(error),
        })
    }

    /// Writes a whole key beside `path` and links it into place, so that a reader never sees half a
    /// key, and one of several concurrent starts wins.
    fn make(&self, path: &Path) -> Result<KeyFile, KeyError> {
        let text = Key::generate(self.algorithm)?;
        let make = || -> IoResult<KeyFile> {
            let draft = self.write_draft(&text)?;
            let linked = std::fs::hard_link(&draft, path);
            std::fs::remove_file(&draft)?;
            let file = ignore_existing(linked)?;
            // The name is on the disk too.
            File::open(self.path)?.sync_all()?;
            Ok(file)
        };
        make().map_err(|source| KeyError::file(path, source))
    }

    fn write_draft(&self, text: &KeyText) -> IoResult<PathBuf> {
        let unique = uuid::Uuid::new_v4().simple();
        let draft = self.path.join(format!("{SIGNING}.{unique}"));
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&draft)?;
        file.write_all(text.reveal().as_bytes())?;
        file.sync_all()?;
        Ok(draft)
    }

    fn former_path(&self, id: &str, until: Option<Timestamp>) -> PathBuf {
        let name = match until {
            None => format!("former.{id}.key"),
            Some(until) => format!("former.{id}.{}.key", until.as_second()),
        };
        self.path.join(name)
    }
}

fn read_former_name(name: &str) -> Option<(String, Option<Timestamp>)> {
    let name = name.strip_prefix("former.")?.strip_suffix(".key")?;
    match name.split_once('.') {
        None => Some((name.to_owned(), None)),
        Some((id, until)) => {
            let until = Timestamp::from_second(until.parse().ok()?).ok()?;
            Some((id.to_owned(), Some(until)))
        }
    }
}

/// Another server has done it already.
fn ignore_missing(done: IoResult<()>) -> IoResult<()> {
    match done {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

/// The outcome of making a key file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum KeyFile {
    /// This process made it.
    Made,
    /// Another process was faster.
    Existed,
}

/// Returns [`KeyFile::Existed`] for a file that was there already.
fn ignore_existing(done: IoResult<()>) -> IoResult<KeyFile> {
    match done {
        Ok(()) => Ok(KeyFile::Made),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(KeyFile::Existed),
        Err(error) => Err(error),
    }
}
