//! The service as far as it is measured: it names files, sends them, and lists no policies.

use std::error::Error;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;

use crate::files;

/// Prints its address and serves until it is killed. The first part of a request's path says how many expenses it
/// is about.
pub fn serve(folder: &Path) -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("http://{}", listener.local_addr()?);
    std::io::stdout().flush()?;
    for stream in listener.incoming() {
        let (stream, folder) = (stream?, folder.to_owned());
        std::thread::spawn(move || {
            if let Err(error) = converse(&stream, &folder) {
                eprintln!("server: {error}");
            }
        });
    }
    Ok(())
}

fn converse(stream: &TcpStream, folder: &Path) -> Result<(), Box<dyn Error>> {
    stream.set_nodelay(true)?;
    let mut input = BufReader::new(stream);
    loop {
        let mut line = String::new();
        if input.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let path = line.split(' ').nth(1).ok_or("no path")?.to_owned();
        let rows = path.split('/').nth(1).ok_or("no number in the path")?.parse()?;
        let mut length = 0;
        loop {
            line.clear();
            input.read_line(&mut line)?;
            let (name, value) = line.trim_end().split_once(':').unwrap_or_default();
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse()?;
            }
            if line.trim_end().is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        input.read_exact(&mut body)?;
        answer(stream, folder, rows, &String::from_utf8(body)?)?;
    }
}

fn answer(mut stream: &TcpStream, folder: &Path, rows: u64, body: &str) -> Result<(), Box<dyn Error>> {
    let has = |kind: &str| body.contains(&format!("%22type%22%3A%22{kind}%22"));
    if has("download") {
        let name = files::name(rows, body.contains("export-lines"));
        let mut file = File::open(folder.join(name))?;
        head(stream, file.metadata()?.len())?;
        std::io::copy(&mut file, &mut stream)?;
        return Ok(());
    }
    let reply = if has("file") {
        // Our template names its format.
        files::name(rows, body.contains("ml-connector%2Fexport"))
    } else {
        r#"{"responseCode":200,"policyList":[]}"#.to_owned()
    };
    head(stream, reply.len().try_into()?)?;
    stream.write_all(reply.as_bytes())?;
    Ok(())
}

fn head(mut stream: &TcpStream, length: u64) -> std::io::Result<()> {
    let head =
        format!("HTTP/1.1 200 OK\r\nContent-Type: text/plain;charset=utf-8\r\nContent-Length: {length}\r\n\r\n");
    stream.write_all(head.as_bytes())
}
