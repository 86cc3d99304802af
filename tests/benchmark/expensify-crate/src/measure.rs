//! What one process measures of itself, and how it tells the one that started it.

use std::error::Error;
use std::io::{BufRead as _, BufReader};
use std::process::Child;
use std::time::Duration;

/// What a run took.
#[derive(Debug)]
pub struct Measured {
    /// Expenses read, or calls made.
    pub count: u64,
    /// From the first request to the last row.
    pub wall: Duration,
    /// Time all threads of the process spent on a core, in it and in the kernel.
    pub cpu: Duration,
    /// Peak resident memory.
    pub peak_kib: u64,
}

/// Runs a future to its end on one thread and measures it. It returns how many it read and what they come to.
pub fn run<E: Into<Box<dyn Error>>>(
    expected: u64,
    work: impl Future<Output = Result<u64, E>>,
) -> Result<Measured, Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (begun, cpu) = (std::time::Instant::now(), cpu_time()?);
    let count = runtime.block_on(work).map_err(Into::into)?;
    let (wall, cpu) = (begun.elapsed(), cpu_time()?.saturating_sub(cpu));
    if count != expected {
        return Err(format!("{count} of {expected} were read").into());
    }
    Ok(Measured { count, wall, cpu, peak_kib: peak_kib()? })
}

/// Prints a measurement for [`Measured::read`].
pub fn print(measured: Result<Measured, Box<dyn Error>>) -> Result<(), Box<dyn Error>> {
    let Measured { count, wall, cpu, peak_kib } = measured?;
    println!("{count} {} {} {peak_kib}", wall.as_nanos(), cpu.as_nanos());
    Ok(())
}

impl Measured {
    /// Waits for a process and reads what it printed.
    pub fn read(mut process: Child) -> Result<Self, Box<dyn Error>> {
        let line = first_line(&mut process)?;
        if !process.wait()?.success() {
            return Err("a measurement failed".into());
        }
        let numbers: Vec<u64> = line.split(' ').map(str::parse).collect::<Result<_, _>>()?;
        let [count, wall, cpu, peak_kib] = numbers[..] else {
            return Err("a measurement has four numbers".into());
        };
        let (wall, cpu) = (Duration::from_nanos(wall), Duration::from_nanos(cpu));
        Ok(Self { count, wall, cpu, peak_kib })
    }

    /// How many there were in each second of this time.
    pub fn per_second(&self, time: Duration) -> u128 {
        u128::from(self.count) * 1_000_000 / time.as_micros().max(1)
    }
}

/// The first line a process prints.
pub fn first_line(process: &mut Child) -> Result<String, Box<dyn Error>> {
    let output = process.stdout.as_mut().ok_or("no output to read")?;
    let mut line = String::new();
    BufReader::new(output).read_line(&mut line)?;
    Ok(line.trim().to_owned())
}

/// Nanoseconds on a core, of all threads.
fn cpu_time() -> Result<Duration, Box<dyn Error>> {
    let mut spent = Duration::ZERO;
    for thread in std::fs::read_dir("/proc/self/task")? {
        let path = thread?.path().join("schedstat");
        let text = std::fs::read_to_string(path)?;
        let nanos = text.split(' ').next().unwrap_or_default().parse()?;
        spent += Duration::from_nanos(nanos);
    }
    Ok(spent)
}

fn peak_kib() -> Result<u64, Box<dyn Error>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).ok_or("no VmHWM")?;
    Ok(line.split_whitespace().nth(1).unwrap_or_default().parse()?)
}
