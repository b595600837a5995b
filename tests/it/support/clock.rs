//! A clock that a test sets, for programs: libfaketime.

use std::{env, fs, path::PathBuf, process};

/// The clock of programs: the machine's, and so many seconds more.
pub(crate) struct Clock {
    library: PathBuf,
    file: PathBuf,
}

impl Clock {
    /// `None` if libfaketime is not installed.
    pub(crate) fn new(test: &str) -> Option<Self> {
        let libraries = fs::read_dir("/usr/lib").ok()?;
        let library = libraries
            .filter_map(|entry| Some(entry.ok()?.path().join("faketime/libfaketimeMT.so.1")))
            .find(|library| library.exists())?;
        let file = env::temp_dir().join(format!("clock-{test}-{}", process::id()));
        let clock = Self { library, file };
        clock.set(0);
        Some(clock)
    }

    /// Moves the clock so many seconds ahead of the machine's.
    pub(crate) fn set(&self, ahead: i64) {
        // Renamed, so that no program reads half of it.
        let new = self.file.with_extension("new");
        fs::write(&new, format!("+{ahead}\n")).unwrap();
        fs::rename(new, &self.file).unwrap();
    }

    /// What a process needs to run on this clock.
    pub(crate) fn variables(&self) -> [(&str, &str); 4] {
        [
            ("LD_PRELOAD", self.library.to_str().unwrap()),
            ("FAKETIME_TIMESTAMP_FILE", self.file.to_str().unwrap()),
            ("FAKETIME_NO_CACHE", "1"),
            // Waiting takes as long as it takes.
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
        ]
    }
}

impl Drop for Clock {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.file);
    }
}
