//! The waits for a storage that is busy or away. Their words with the time that is left are shown in place of the progress.

use crate::data::progress::{Progress, StepWords};
use crate::domain::text::clock;
use crate::ops::clock::Clock;
use chrono::TimeDelta;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long a list or a part waits for a storage that is away or asks to wait, if `--max-wait` does not say it.
const LONGEST_WAIT: TimeDelta = TimeDelta::minutes(10);

/// A wait before the next try.
pub(super) struct Wait<'a> {
    /// What is waited for, such as a list or a part.
    pub(super) what: &'a str,
    /// Whether that, or the reason, may have the name of a file or a host.
    pub(super) is_name: bool,
    pub(super) why: &'a str,
    pub(super) length: TimeDelta,
    /// The number of the next try.
    pub(super) next_try: u32,
}

/// The waits of one source.
#[derive(Debug)]
pub(super) struct Waits {
    longest: TimeDelta,
    clock: Arc<dyn Clock>,
    state: Mutex<WaitState>,
}

#[derive(Debug, Default)]
struct WaitState {
    /// What the user has to do, such as to enter a code. It comes before all else.
    prompt: Option<String>,
    /// The progress as it was last said.
    words: Option<String>,
    pending: Vec<PendingWait>,
}

#[derive(Debug)]
struct PendingWait {
    words: String,
    is_name: bool,
    /// Its end by the steady clock.
    until: TimeDelta,
}

impl Waits {
    pub(super) fn new(clock: Arc<dyn Clock>, max_wait: Option<Duration>) -> Self {
        let longest =
            max_wait.map(|longest| TimeDelta::from_std(longest).unwrap_or(TimeDelta::MAX));
        Self {
            longest: longest.unwrap_or(LONGEST_WAIT),
            clock,
            state: Mutex::default(),
        }
    }

    /// How long a list or a part has waited after one more wait, if it may wait so long.
    pub(super) fn with_next(&self, waited: TimeDelta, next: TimeDelta) -> Option<TimeDelta> {
        let waited = waited.checked_add(&next)?;
        (waited <= self.longest).then_some(waited)
    }

    /// The reason why nothing waits any longer.
    pub(super) fn over(&self) -> String {
        format!(
            "--max-wait ({}) would be over before the next try",
            clock(self.longest.num_seconds())
        )
    }

    /// The steady clock.
    pub(super) fn steady(&self) -> TimeDelta {
        self.clock.steady()
    }

    fn state(&self) -> MutexGuard<'_, WaitState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says how far the work is. A wait stays on the screen until it is over.
    pub(super) fn say(&self, progress: &Progress, words: String) {
        let mut state = self.state();
        state.words = Some(words);
        progress.say_step(state.shown(self.steady()));
    }

    /// Shows what the user has to do until it is done.
    pub(super) fn prompt(&self, progress: &Progress, prompt: Option<String>) {
        let mut state = self.state();
        state.prompt = prompt;
        progress.say_step(state.shown(self.steady()));
    }

    /// Begins a wait. It is told once where no line with the time left is shown.
    pub(super) fn begin(&self, progress: &Progress, wait: &Wait<'_>) {
        let now = self.steady();
        let words = format!("{}: {}; try {}", wait.what, wait.why, wait.next_try);
        let until = now.checked_add(&wait.length).unwrap_or(TimeDelta::MAX);
        let wait = PendingWait {
            words,
            is_name: wait.is_name,
            until,
        };
        progress.tell(wait.with_time_left(now));
        let mut state = self.state();
        state.pending.push(wait);
        progress.say_step(state.shown(now));
    }

    /// Says how long a wait still is. Without one, nothing is said.
    pub(super) fn count_down(&self, progress: &Progress) {
        let mut state = self.state();
        if !state.pending.is_empty() {
            progress.say_step(state.shown(self.steady()));
        }
    }
}

impl WaitState {
    /// A prompt, else the wait that is over first, else the progress, which counts and names nothing.
    fn shown(&mut self, now: TimeDelta) -> Option<StepWords> {
        self.pending.retain(|wait| wait.until > now);
        if let Some(text) = self.prompt.clone() {
            // It is for whoever looks at the screen.
            return Some(StepWords {
                text,
                is_open: true,
            });
        }
        let first = self.pending.iter().min_by_key(|wait| wait.until);
        let waits = first.map(|wait| StepWords {
            text: wait.with_time_left(now),
            is_open: !wait.is_name,
        });
        waits.or_else(|| {
            let text = self.words.clone()?;
            Some(StepWords {
                text,
                is_open: true,
            })
        })
    }
}

impl PendingWait {
    /// `listing: the storage answered 503; try 2 in 12 s`
    fn with_time_left(&self, now: TimeDelta) -> String {
        let left = (self.until - now).num_milliseconds();
        // A part of a second counts as a whole one.
        let seconds = u64::try_from(left).unwrap_or_default().div_ceil(1000);
        format!("{} in {seconds} s", self.words)
    }
}

#[cfg(test)]
mod tests {
    use crate::data::progress::Progress;
    use crate::ops::clock::{Clock, Sleep};
    use crate::ops::remote_sources::waits::{Wait, Waits};
    use chrono::{DateTime, TimeDelta, Utc};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicI64, Ordering};

    /// A clock that is set by hand, in milliseconds.
    #[derive(Debug, Default)]
    struct SetClock(AtomicI64);

    impl Clock for SetClock {
        fn now(&self) -> DateTime<Utc> {
            DateTime::UNIX_EPOCH + TimeDelta::milliseconds(self.0.load(Ordering::Relaxed))
        }

        fn sleep_until(&self, _: DateTime<Utc>) -> Sleep<'_> {
            Box::pin(std::future::ready(()))
        }

        fn jitter(&self) -> TimeDelta {
            TimeDelta::zero()
        }
    }

    #[test]
    fn the_wait_that_is_over_first_counts_down_and_the_progress_returns() {
        let clock = Arc::new(SetClock::default());
        let dynamic: Arc<dyn Clock> = Arc::<SetClock>::clone(&clock);
        let (waits, progress) = (Waits::new(dynamic, None), Progress::default());
        let at = |milliseconds: i64| {
            clock.0.store(milliseconds, Ordering::Relaxed);
            waits.count_down(&progress);
            progress.words().unwrap_or_default()
        };
        let begin = |what: &str, seconds: i64, next_try: u32| {
            let wait = Wait {
                what,
                is_name: true,
                why: "the storage answered 503",
                length: TimeDelta::seconds(seconds),
                next_try,
            };
            waits.begin(&progress, &wait);
        };
        assert_eq!(at(0), "", "nothing is said without a wait");
        waits.say(&progress, "part 1 of 2".to_owned());
        begin("part_1.csv", 60, 3);
        let later = "part_1.csv: the storage answered 503; try 3";
        assert_eq!(at(100), format!("{later} in 60 s"));
        begin("part_0.csv", 12, 2);
        let first = "part_0.csv: the storage answered 503; try 2";
        assert_eq!(at(100), format!("{first} in 12 s"));
        assert_eq!(at(1_101), format!("{first} in 11 s"));
        // The progress of other parts does not hide it.
        waits.say(&progress, "part 2 of 2".to_owned());
        assert_eq!(at(12_099), format!("{first} in 1 s"));
        assert_eq!(at(12_100), format!("{later} in 48 s"));
        let is_open = || progress.step().is_some_and(|step| step.is_open);
        assert!(!is_open(), "a part has the name of a file");
        assert_eq!(at(60_000), "part 2 of 2");
        assert!(is_open());
        // A code to enter hides neither behind progress nor behind a wait.
        begin("part_2.csv", 60, 2);
        waits.prompt(&progress, Some("enter the code X".to_owned()));
        waits.say(&progress, "part 2 of 2".to_owned());
        assert_eq!(at(60_100), "enter the code X");
        assert!(is_open());
        waits.prompt(&progress, None);
        let last = "part_2.csv: the storage answered 503; try 2";
        assert_eq!(at(61_000), format!("{last} in 59 s"));
        let told = [
            format!("{later} in 60 s"),
            format!("{first} in 12 s"),
            format!("{last} in 60 s"),
        ];
        assert_eq!(progress.take_told(), told);
        assert!(progress.take_told().is_empty());
    }
}
