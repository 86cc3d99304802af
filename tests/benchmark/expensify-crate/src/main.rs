//! `expensify-client` beside the crate `expensify` 0.4.0, on one local server.
//!
//! Prints two tables: export, download and decode of many expenses of the same 40 fields, and the time that calls take
//! under the published limits. Every measurement has a process of its own, so that peak memory is its own too.
//!
//! ```text
//! cargo run --release                     both tables, for 100,000 and 1,000,000 expenses
//! cargo run --release -- expenses…        the first table, for so many expenses
//! ```

mod calls;
mod files;
mod measure;
mod ours;
mod server;
mod theirs;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use measure::Measured;

/// Expenses in an export.
const SIZES: [u64; 2] = [100_000, 1_000_000];

/// Calls under the published limits.
const CALLS: [u32; 3] = [1, 5, 20];

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args[..] {
        ["serve", folder] => server::serve(Path::new(folder)),
        ["rows", "ours", url, rows] => measure::print(ours::rows(url, rows.parse()?)),
        ["rows", "theirs", url, rows] => measure::print(theirs::rows(url, rows.parse()?)),
        ["calls", "ours", url, count] => measure::print(calls::ours(url, count.parse()?)),
        ["calls", "theirs", url, count] => measure::print(calls::theirs(url, count.parse()?)),
        [] => {
            let (_folder, server) = serve(&SIZES)?;
            compare_rows(&server, &SIZES)?;
            println!();
            compare_calls(&server)
        }
        _ => {
            let sizes = args.iter().map(|text| text.parse());
            let sizes = sizes.collect::<Result<Vec<u64>, _>>()?;
            let (_folder, server) = serve(&sizes)?;
            compare_rows(&server, &sizes)
        }
    }
}

/// Writes the files and starts the server on them.
fn serve(sizes: &[u64]) -> Result<(Folder, Server), Box<dyn Error>> {
    let folder = Folder::make()?;
    for rows in sizes {
        files::write(&folder.0, *rows)?;
    }
    let server = Server::start(&folder.0)?;
    Ok((folder, server))
}

fn compare_rows(server: &Server, sizes: &[u64]) -> Result<(), Box<dyn Error>> {
    println!("| expenses | crate | rows/s (wall) | rows/s (CPU) | CPU s | peak memory MiB |");
    println!("| ---: | --- | ---: | ---: | ---: | ---: |");
    for rows in sizes {
        for who in ["expensify-client", "expensify 0.4.0"] {
            let measured = spawn("rows", who, &server.url, *rows)?;
            let measured = Measured::read(measured)?;
            println!(
                "| {rows} | {who} | {} | {} | {:.2} | {} |",
                measured.per_second(measured.wall),
                measured.per_second(measured.cpu),
                measured.cpu.as_secs_f64(),
                measured.peak_kib >> 10,
            );
        }
    }

    Ok(())
}

fn compare_calls(server: &Server) -> Result<(), Box<dyn Error>> {
    println!("| calls under the published limits | expensify-client | expensify 0.4.0 |");
    println!("| ---: | ---: | ---: |");
    // They mostly wait, so all of them wait at the same time.
    let mut waiting = Vec::new();
    for count in CALLS {
        let both = ["expensify-client", "expensify 0.4.0"]
            .map(|who| spawn("calls", who, &server.url, u64::from(count)));
        waiting.push((count, both));
    }
    for (count, [ours, theirs]) in waiting {
        let (ours, theirs) = (Measured::read(ours?)?, Measured::read(theirs?)?);
        let seconds = |measured: &Measured| measured.wall.as_secs_f64();
        println!("| {count} | {:.1} s | {:.1} s |", seconds(&ours), seconds(&theirs));
    }
    Ok(())
}

fn spawn(what: &str, who: &str, url: &str, count: u64) -> Result<Child, Box<dyn Error>> {
    let who = if who == "expensify-client" { "ours" } else { "theirs" };
    let child = Command::new(std::env::current_exe()?)
        .args([what, who, url, &count.to_string()])
        .stdout(Stdio::piped())
        .spawn()?;
    Ok(child)
}

/// A folder that is gone when it is dropped.
struct Folder(PathBuf);

impl Folder {
    fn make() -> Result<Self, Box<dyn Error>> {
        let name = format!("expensify-benchmark-{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir(&folder)?;
        Ok(Self(folder))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The server in its own process, which ends when it is dropped.
struct Server {
    process: Child,
    url: String,
}

impl Server {
    fn start(folder: &Path) -> Result<Self, Box<dyn Error>> {
        let mut process = Command::new(std::env::current_exe()?)
            .arg("serve")
            .arg(folder)
            .stdout(Stdio::piped())
            .spawn()?;
        let url = measure::first_line(&mut process)?;
        Ok(Self { process, url })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
