//! The event loop: receives messages, lets `update` change the model, runs the effects, and draws once the queues are
//! empty and something has changed. Otherwise it sleeps: a tick is armed only while a wait is on the screen.

use super::app::{Model, update};
use super::effect::Effect;
use super::message::Message;
use super::runner::Runner;
use super::surface::Surface;
use crate::domain::text::escape;
use crate::ops::clock::Clock;
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::{FutureExt, Stream, StreamExt};
use std::future::Future;
use std::io;
use std::sync::Arc;
use tokio::sync::mpsc::Receiver;

/// The most keys for a text field that are taken before the next draw: with slow drawing, text that comes key by key must
/// not be drawn key by key, and without an end to it the screen must not stand still.
const AT_ONCE: usize = 256;

/// The reason that the loop ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The user quit.
    Quit,
    /// The system asked the program to stop, or the terminal is gone.
    Stopped,
}

/// Everything the loop waits for.
#[derive(Debug)]
pub struct Sources<I> {
    /// Terminal input: keys, mouse, pastes and resizes.
    pub inputs: I,
    /// Answers from the runner.
    pub answers: Receiver<Message>,
    pub clock: Arc<dyn Clock>,
}

/// Runs until the user quits or `stop` completes.
pub async fn run<I: Stream<Item = Message> + Unpin>(
    surface: &mut impl Surface,
    model: &mut Model,
    runner: &mut Runner,
    mut sources: Sources<I>,
    first: Vec<Effect>,
    stop: impl Future<Output = ()>,
) -> io::Result<Ended> {
    let mut stop = std::pin::pin!(stop);
    for effect in first {
        runner.run(effect);
    }
    loop {
        if model.shell.dirty {
            surface.draw(model)?;
            model.shell.dirty = false;
        }
        let message = tokio::select! {
            biased;
            () = &mut stop => return Ok(Ended::Stopped),
            // Keys first: an answer can wait, but a delayed key makes the program feel slow.
            input = sources.inputs.next() => match input {
                Some(message) => message,
                None => return Ok(Ended::Stopped),
            },
            Some(message) = sources.answers.recv() => message,
            () = next_second(&sources.clock, model.shell.now), if model.ticks() => Message::Tick(sources.clock.now()),
        };
        if !take(surface, model, runner, &sources.clock, message)? {
            return Ok(Ended::Quit);
        }
        // Messages that have come already are taken before the next draw.
        for _ in 0..AT_ONCE {
            while let Ok(message) = sources.answers.try_recv() {
                if !take(surface, model, runner, &sources.clock, message)? {
                    return Ok(Ended::Quit);
                }
            }
            // Other keys may act on what an answer brings, so the screen is drawn after each of them.
            if !model.is_typing() {
                break;
            }
            let message = match sources.inputs.next().now_or_never() {
                Some(Some(message)) => message,
                Some(None) => return Ok(Ended::Stopped),
                None => break,
            };
            if !take(surface, model, runner, &sources.clock, message)? {
                return Ok(Ended::Quit);
            }
        }
    }
}

/// Sleeps until the next whole second after the time on the screen, so that all countdowns step together and skip none.
async fn next_second(clock: &Arc<dyn Clock>, shown: DateTime<Utc>) {
    let into = i64::from(shown.timestamp_subsec_millis() % 1000);
    let next = shown + TimeDelta::milliseconds(1000 - into);
    // The wall clock may have been set back meanwhile.
    let soon = clock.now() + TimeDelta::seconds(1);
    clock.sleep_until(next.min(soon)).await;
}

/// Processes one message; `false` ends the loop.
fn take(
    surface: &mut impl Surface,
    model: &mut Model,
    runner: &mut Runner,
    clock: &Arc<dyn Clock>,
    message: Message,
) -> io::Result<bool> {
    model.shell.now = clock.now();
    for effect in update::update(model, message) {
        match effect {
            Effect::Quit => return Ok(false),
            Effect::Redraw => surface.redraw(model)?,
            Effect::Suspend => surface.suspend(model)?,
            Effect::Resume => surface.resume(model)?,
            Effect::Mouse(on) => surface.mouse(on)?,
            Effect::Copy(text) => surface.copy(&escape::for_clipboard(&text))?,
            other => runner.run(other),
        }
    }
    Ok(true)
}
