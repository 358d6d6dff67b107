//! What is served, loaded on a thread of its own: signals are heard, and requests answered, while a component compiles.

use std::sync::Arc;

use tambo::{Error, ErrorKind};
use tokio::task::JoinHandle;

use crate::handler::Application;
use crate::server::Source;

type Loaded = (Box<dyn Source>, Result<Arc<dyn Application>, Error>);

/// A source, and whether it loads at the moment.
pub(crate) struct Supply {
    state: State,
    /// Somebody asked while it was loading; what comes of that may be older than the question.
    asked_again: bool,
}

enum State {
    Resting(Box<dyn Source>),
    Loading(JoinHandle<Loaded>),
    /// It panicked.
    Gone,
}

impl Supply {
    /// Begin to load.
    pub(crate) fn begin(source: Box<dyn Source>) -> Self {
        Self { state: State::loading(source), asked_again: false }
    }

    /// Load again if something has changed, or if somebody asked for it.
    pub(crate) fn look(&mut self, asked: bool) {
        self.state = match std::mem::replace(&mut self.state, State::Gone) {
            State::Resting(mut source) => {
                if source.has_changed() || asked {
                    State::loading(source)
                } else {
                    State::Resting(source)
                }
            }
            other => {
                self.asked_again |= asked;
                other
            }
        };
    }

    /// What was loaded. Never ready if nothing loads; may be dropped and asked for again.
    pub(crate) async fn next(&mut self) -> Result<Arc<dyn Application>, Error> {
        let State::Loading(loading) = &mut self.state else { return std::future::pending().await };
        let Ok((source, loaded)) = loading.await else {
            self.state = State::Gone;
            return Err(Error::new(ErrorKind::Setup, "bug in tambo, please report it: loading panicked"));
        };
        self.state = State::Resting(source);
        if std::mem::take(&mut self.asked_again) {
            self.look(true);
        }
        loaded
    }
}

impl State {
    fn loading(mut source: Box<dyn Source>) -> Self {
        Self::Loading(tokio::task::spawn_blocking(move || {
            let loaded = source.load();
            (source, loaded)
        }))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;
    use crate::handler::Handler;
    use crate::place::Place;

    /// Fails with the number that it is sent.
    struct Numbers(mpsc::Receiver<u32>, bool);

    impl Source for Numbers {
        fn load(&mut self) -> Result<Arc<dyn Application>, Error> {
            match self.0.recv() {
                Ok(0) => Ok(Arc::new(Nothing)),
                Ok(number) => Err(Error::new(ErrorKind::Setup, number.to_string())),
                Err(_) => panic!("nothing to load"),
            }
        }

        fn has_changed(&mut self) -> bool {
            self.1
        }
    }

    struct Nothing;

    impl Application for Nothing {
        fn handler(&self, _: &std::rc::Rc<Place>) -> Result<std::rc::Rc<dyn Handler>, Error> {
            Err(Error::new(ErrorKind::Setup, "nothing"))
        }
    }

    async fn is_quiet(supply: &mut Supply) -> bool {
        tokio::time::timeout(std::time::Duration::from_millis(50), supply.next()).await.is_err()
    }

    #[tokio::test]
    async fn who_asks_while_it_loads_gets_another_load() {
        let (numbers, source) = mpsc::channel();
        let mut supply = Supply::begin(Box::new(Numbers(source, false)));
        assert!(is_quiet(&mut supply).await);
        supply.look(true);
        supply.look(true);
        numbers.send(0).unwrap();
        assert!(supply.next().await.is_ok());
        numbers.send(7).unwrap();
        assert_eq!(supply.next().await.err().unwrap().message(), "7");
        supply.look(false);
        assert!(is_quiet(&mut supply).await, "nothing has changed");
    }

    #[tokio::test]
    async fn a_change_is_loaded_and_a_panic_is_told_once() {
        let (numbers, source) = mpsc::channel();
        let mut supply = Supply::begin(Box::new(Numbers(source, true)));
        numbers.send(0).unwrap();
        assert!(supply.next().await.is_ok());
        drop(numbers);
        supply.look(false);
        assert!(supply.next().await.err().unwrap().message().contains("please report"));
        supply.look(true);
        assert!(is_quiet(&mut supply).await);
    }
}
