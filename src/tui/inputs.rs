//! Turns input of the user and the system into messages: keys, pastes, the mouse, new sizes, stops.
//!
//! A thread of its own reads the terminal, because a read cannot be given up. The stream ends when the terminal is gone.

use super::keyboard::{Input, Parser, Waits};
use super::message::Message;
use super::tty;
use futures_util::Stream;
use futures_util::stream::unfold;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{Errno, read};
use rustix::stdio::stdin;
use std::collections::VecDeque;
use std::io::{self, PipeReader, PipeWriter};
use std::thread;
use std::time::{Duration, Instant};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// How many reads may wait to be taken; the rest waits in the terminal.
const READS: usize = 64;
/// How long the escape key waits for the rest of an arrow key: its bytes may come apart on a slow link.
const AFTER_ESCAPE: Duration = Duration::from_millis(100);
/// How long the rest of a sequence may take after each of its pieces.
const BETWEEN_PIECES: Duration = Duration::from_millis(500);
/// How long a sequence may take in all. Keys typed behind one that has no end are heard after that.
const WHOLE: Duration = Duration::from_secs(2);
/// How long a paste may pause. Cut short, its rest would be taken for keys.
const PASTE_PAUSE: Duration = Duration::from_secs(5);

/// The job control signal that stops a program and can be caught; tokio has no name for it.
const STOP: SignalKind = SignalKind::from_raw(rustix::process::Signal::TSTP.as_raw());
const CONTINUE: SignalKind = SignalKind::from_raw(rustix::process::Signal::CONT.as_raw());

struct Inputs {
    typed: Receiver<Vec<Input>>,
    /// Input that was read and not taken yet.
    queue: VecDeque<Message>,
    resized: Signal,
    stopped: Signal,
    continued: Signal,
    /// Closed with the stream, which ends the thread.
    _open: PipeWriter,
}

/// Starts to listen. New sizes are heard from here on, so the size is asked for afterwards.
pub fn inputs() -> io::Result<impl Stream<Item = Message> + Unpin> {
    let (sender, typed) = channel(READS);
    let (closed, open) = io::pipe()?;
    let inputs = Inputs {
        typed,
        queue: VecDeque::new(),
        resized: signal(SignalKind::window_change())?,
        stopped: signal(STOP)?,
        continued: signal(CONTINUE)?,
        _open: open,
    };
    thread::Builder::new()
        .name("keyboard".to_owned())
        .spawn(move || listen(&sender, &closed))?;
    Ok(Box::pin(unfold(inputs, |mut inputs| async move {
        let message = inputs.next().await?;
        Some((message, inputs))
    })))
}

impl Inputs {
    async fn next(&mut self) -> Option<Message> {
        loop {
            tokio::select! {
                biased;
                // Before the keys that wait: they are drawn in the size that the terminal has now.
                Some(()) = self.resized.recv() => {
                    let (width, height) = tty::size();
                    return Some(Message::Resized { width, height });
                }
                Some(()) = self.stopped.recv() => return Some(Message::Stopped),
                Some(()) = self.continued.recv() => return Some(Message::Continued),
                Some(message) = async { self.queue.pop_front() }, if !self.queue.is_empty() => return Some(message),
                typed = self.typed.recv() => self.queue.extend(typed?.into_iter().map(message)),
            }
        }
    }
}

fn message(input: Input) -> Message {
    match input {
        Input::Key(key) => Message::Key(key),
        Input::Mouse(mouse) => Message::Mouse(mouse),
        Input::Paste(text) => Message::Paste(text),
    }
}

/// Reads the terminal until it is gone or the receiver is dropped.
fn listen(sender: &Sender<Vec<Input>>, closed: &PipeReader) {
    let mut parser = Parser::default();
    let mut bytes = [0; 4096];
    let mut begun = None;
    loop {
        let mut heard = Vec::new();
        match read_within(patience(parser.waits(), &mut begun), closed, &mut bytes) {
            InputRead::Bytes(count) => {
                parser.feed(bytes.get(..count).unwrap_or_default(), &mut heard);
            }
            InputRead::Pause => parser.pause(&mut heard),
            InputRead::End => return,
        }
        if !heard.is_empty() && sender.blocking_send(heard).is_err() {
            return;
        }
    }
}

/// How long the next bytes are waited for; `None` is for ever. `begun` is when the sequence began.
fn patience(waits: Waits, begun: &mut Option<Instant>) -> Option<Duration> {
    if waits != Waits::Rest {
        *begun = None;
    }
    match waits {
        Waits::Nothing => None,
        Waits::Escape => Some(AFTER_ESCAPE),
        Waits::Paste => Some(PASTE_PAUSE),
        Waits::Rest => {
            let begun = begun.get_or_insert_with(Instant::now);
            Some(WHOLE.saturating_sub(begun.elapsed()).min(BETWEEN_PIECES))
        }
    }
}

enum InputRead {
    Bytes(usize),
    /// Nothing came in time.
    Pause,
    /// The terminal is gone, or the receiver is dropped.
    End,
}

fn read_within(limit: Option<Duration>, closed: &PipeReader, bytes: &mut [u8]) -> InputRead {
    let limit = limit.and_then(|limit| Timespec::try_from(limit).ok());
    loop {
        let mut waited = [
            PollFd::from_borrowed_fd(stdin(), PollFlags::IN),
            PollFd::new(closed, PollFlags::IN),
        ];
        match poll(&mut waited, limit.as_ref()) {
            Ok(0) => return InputRead::Pause,
            Err(Errno::INTR) => continue,
            Ok(_) => {}
            Err(_) => return InputRead::End,
        }
        let [typed, over] = waited.map(|one| one.revents());
        if !over.is_empty() {
            return InputRead::End;
        }
        match read(stdin(), &mut *bytes) {
            // Ctrl-d ends a line while the program gives the terminal back; it is gone only when it hangs up.
            Ok(0) if typed.contains(PollFlags::HUP) => return InputRead::End,
            Ok(0) | Err(Errno::INTR | Errno::AGAIN) => {}
            Ok(count) => return InputRead::Bytes(count),
            Err(_) => return InputRead::End,
        }
    }
}
