//! What an embedder gives to components.

use std::any::Any;
use std::marker::PhantomData;
use std::sync::Arc;
use std::task::{Context, Poll};

use tambo_component_runtime::abi::typed::{LiftParams, LowerResult};
use tambo_component_runtime::abi::{Marker, Own, Space, Val};
use tambo_component_runtime::dynamic::{DynamicParams, DynamicResult};
use tambo_component_runtime::filling::{Answer, FillingFunction, Job};
use tambo_component_runtime::host::{Definition, Function, HostFunction};
use tambo_component_runtime::trace::Told;
use tambo_component_runtime::{DropHost, User, Waits};
use tambo_engine::Trap;

use crate::Identity;

/// A component that runs, to which others can be linked. Who runs components knows what is behind it.
pub trait Provider: Any + Send + Sync {}

/// A resource type of the host.
#[derive(Clone)]
pub struct HostResource {
    /// What the host does when a guest drops an owned handle.
    pub drop: DropHost,
    /// Which type it is.
    pub identity: Identity,
    /// The Rust type that handles of it name, if it has one.
    pub marker: Option<Marker>,
}

/// Functions and resources of the host, with a state of type `S` that they share in each instance.
///
/// What is defined twice is what was defined last.
pub struct Linker<S> {
    functions: Vec<(String, Arc<dyn Definition>)>,
    resources: Vec<(String, HostResource)>,
    providers: Vec<(String, Arc<dyn Provider>)>,
    waits: Waits,
    told: Option<Told>,
    state: PhantomData<fn(&mut S)>,
}

impl<S> Clone for Linker<S> {
    fn clone(&self) -> Self {
        Self {
            functions: self.functions.clone(),
            resources: self.resources.clone(),
            providers: self.providers.clone(),
            waits: self.waits.clone(),
            told: self.told.clone(),
            state: PhantomData,
        }
    }
}

impl<S: 'static> Default for Linker<S> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S: 'static> Linker<S> {
    /// One that gives nothing.
    pub fn new() -> Self {
        Self {
            functions: Vec::new(),
            resources: Vec::new(),
            providers: Vec::new(),
            waits: Waits::default(),
            told: None,
            state: PhantomData,
        }
    }

    /// Define a function by Rust types: `P` is a tuple of its parameters, `R` is `()` or its result in a tuple.
    pub fn func<P, R, F>(&mut self, path: &str, function: F) -> &mut Self
    where
        P: LiftParams,
        R: LowerResult + 'static,
        F: for<'a> Fn(&mut S, P::At<'a>) -> Result<R, Trap> + Send + Sync + 'static,
    {
        let function = Ready { function, state: PhantomData::<fn(&mut S)> };
        self.define(path, HostFunction::<P, R, _>::new(function))
    }

    /// Define a function that may have to wait. It is tried first; if it answers [`Poll::Pending`], it is called again
    /// with the same arguments once [`wait_with`](Linker::wait_with) has waited. An owned
    /// resource that it takes stays the guest's until it is ready, and is not to be touched before.
    pub fn func_waiting<P, R, F>(&mut self, path: &str, function: F) -> &mut Self
    where
        P: LiftParams,
        R: LowerResult + 'static,
        F: for<'a> Fn(&mut S, P::At<'a>) -> Result<Poll<R>, Trap> + Send + Sync + 'static,
    {
        let function = MayWait { function, state: PhantomData::<fn(&mut S)> };
        self.define(path, HostFunction::<P, R, _>::new(function))
    }

    /// Define a function whose result has a list of bytes that is written into the guest's memory in place. `begin` says how
    /// many bytes are there; once they are allocated, `fill` reads into them and gives the result, in which
    /// [`Filled`](tambo_component_runtime::abi::Filled) stands for the list. If either answers [`Poll::Pending`], it is
    /// called again once [`wait_with`](Linker::wait_with) has waited.
    pub fn func_filling<P, R, J, B, F>(&mut self, path: &str, begin: B, fill: F) -> &mut Self
    where
        P: LiftParams,
        R: LowerResult + 'static,
        J: 'static,
        B: for<'a> Fn(&mut S, P::At<'a>) -> Result<Poll<Answer<R, J>>, Trap> + Send + Sync + 'static,
        F: Fn(&mut S, &mut J, Space<'_>) -> Result<Poll<R>, Trap> + Clone + Send + Sync + 'static,
    {
        let function = Begins { begin, fill, state: PhantomData::<fn(&mut S)> };
        self.define(path, FillingFunction::<P, R, Fills<fn(&mut S), J, F>, _>::new(function))
    }

    /// Define a function whose types are those that the component wants. A result of another type is a trap.
    pub fn func_dynamic<F>(&mut self, path: &str, function: F) -> &mut Self
    where
        F: Fn(&mut S, &[Val]) -> Result<Option<Val>, Trap> + Send + Sync + 'static,
    {
        let function = Dynamic { function, state: PhantomData::<fn(&mut S)> };
        self.define(path, HostFunction::<DynamicParams, DynamicResult, _>::new(function))
    }

    /// Define a resource type whose handles are `Own<T>` and `Borrow<T>` to functions with Rust types. `T` is any type, of
    /// which no value is needed; two resource types that are to be told apart must have two. A component that imports a
    /// function with handles of another type than `T` says is not linked. Representations are the host's to choose
    /// ([`ResourceTable`](crate::ResourceTable) is one way), and `drop` is called when a guest drops an owned handle.
    pub fn resource<T, F>(&mut self, path: &str, drop: F) -> &mut Self
    where
        T: 'static,
        F: Fn(&mut S, Own<T>) + Send + Sync + 'static,
    {
        self.resource_or_trap::<T, _>(path, move |state, own| {
            drop(state, own);
            Ok(())
        })
    }

    /// As [`resource`](Linker::resource), of a type whose resources a guest may not drop at any time: a trap ends it.
    pub fn resource_or_trap<T, F>(&mut self, path: &str, drop: F) -> &mut Self
    where
        T: 'static,
        F: Fn(&mut S, Own<T>) -> Result<(), Trap> + Send + Sync + 'static,
    {
        self.define_resource(path, Some(Marker::of::<T>()), move |state, rep| drop(state, Own::new(rep)))
    }

    /// Define a resource type that has no Rust type: only functions that see the type of a handle can be linked where one
    /// is passed, with [`Val`] or `Owned` and `Borrowed`. `drop` gets the representation.
    pub fn resource_dynamic<F>(&mut self, path: &str, drop: F) -> &mut Self
    where
        F: Fn(&mut S, u64) + Send + Sync + 'static,
    {
        self.define_resource(path, None, move |state, rep| {
            drop(state, rep);
            Ok(())
        })
    }

    /// Link an import to a component that runs: to what it exports as an instance of this name, or else to all that it
    /// exports. Resources pass through; one that is dropped here is dropped there.
    pub fn instance<I: Provider + Clone>(&mut self, import: &str, instance: &I) -> &mut Self {
        self.providers.push((import.to_owned(), Arc::new(instance.clone())));
        self
    }

    /// How the state waits when a function was not ready: by blocking the thread, and as a future is polled.
    pub fn wait_with<B, W>(&mut self, block: B, poll: W) -> &mut Self
    where
        B: Fn(&mut S) -> Result<(), Trap> + Send + Sync + 'static,
        W: Fn(&mut S, &mut Context<'_>) -> Poll<Result<(), Trap>> + Send + Sync + 'static,
    {
        self.waits = Waits {
            block: Arc::new(move |user| block(user.of_linker::<S>()?)),
            poll: Arc::new(move |user, context| match user.of_linker::<S>() {
                Ok(state) => poll(state, context),
                Err(trap) => Poll::Ready(Err(trap)),
            }),
        };
        self
    }

    /// Give `told` a line for each call of a function of the host, with its arguments and its result, and for each resource
    /// of the host that is dropped. What a guest makes the host tell is bounded and escaped.
    pub fn trace(&mut self, told: impl Fn(&str) + Send + Sync + 'static) -> &mut Self {
        self.told = Some(Arc::new(told));
        self
    }

    /// Who is told of each call.
    pub fn told(&self) -> Option<&Told> {
        self.told.as_ref()
    }

    /// The functions, by path.
    pub fn functions(&self) -> &[(String, Arc<dyn Definition>)] {
        &self.functions
    }

    /// The resource types, by path.
    pub fn resources(&self) -> &[(String, HostResource)] {
        &self.resources
    }

    /// The components that run, by the import that they satisfy.
    pub fn providers(&self) -> &[(String, Arc<dyn Provider>)] {
        &self.providers
    }

    /// How the state waits.
    pub fn waits(&self) -> &Waits {
        &self.waits
    }

    fn define_resource<F>(&mut self, path: &str, marker: Option<Marker>, drop: F) -> &mut Self
    where
        F: Fn(&mut S, u64) -> Result<(), Trap> + Send + Sync + 'static,
    {
        let drop: DropHost = Arc::new(move |user, rep| drop(user.of_linker::<S>()?, rep));
        self.resources.push((path.to_owned(), HostResource { drop, identity: Identity::new(), marker }));
        self
    }

    fn define(&mut self, path: &str, definition: impl Definition + 'static) -> &mut Self {
        self.functions.push((path.to_owned(), Arc::new(definition)));
        self
    }
}

struct Ready<S, F> {
    function: F,
    state: PhantomData<S>,
}

impl<S, P, R, F> Function<P, R> for Ready<fn(&mut S), F>
where
    S: 'static,
    P: LiftParams,
    F: for<'a> Fn(&mut S, P::At<'a>) -> Result<R, Trap> + Send + Sync + 'static,
{
    const SUSPENDS: bool = false;

    #[inline]
    fn call(&self, user: &mut User, args: P::At<'_>) -> Result<Poll<R>, Trap> {
        (self.function)(user.of_linker::<S>()?, args).map(Poll::Ready)
    }
}

struct MayWait<S, F> {
    function: F,
    state: PhantomData<S>,
}

impl<S, P, R, F> Function<P, R> for MayWait<fn(&mut S), F>
where
    S: 'static,
    P: LiftParams,
    F: for<'a> Fn(&mut S, P::At<'a>) -> Result<Poll<R>, Trap> + Send + Sync + 'static,
{
    const SUSPENDS: bool = true;

    #[inline]
    fn call(&self, user: &mut User, args: P::At<'_>) -> Result<Poll<R>, Trap> {
        (self.function)(user.of_linker::<S>()?, args)
    }
}

struct Begins<S, B, F> {
    begin: B,
    fill: F,
    state: PhantomData<S>,
}

/// A job, with the function that does it. That is a copy, so that no call has to count it.
struct Fills<S, J, F> {
    job: J,
    fill: F,
    state: PhantomData<S>,
}

impl<S, P, R, J, B, F> Function<P, Answer<R, Fills<fn(&mut S), J, F>>> for Begins<fn(&mut S), B, F>
where
    S: 'static,
    P: LiftParams,
    B: for<'a> Fn(&mut S, P::At<'a>) -> Result<Poll<Answer<R, J>>, Trap> + Send + Sync + 'static,
    F: Clone + Send + Sync + 'static,
{
    const SUSPENDS: bool = true;

    #[inline]
    fn call(&self, user: &mut User, args: P::At<'_>) -> Result<Poll<Answer<R, Fills<fn(&mut S), J, F>>>, Trap> {
        Ok(match (self.begin)(user.of_linker::<S>()?, args)? {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Answer::Ready(result)) => Poll::Ready(Answer::Ready(result)),
            Poll::Ready(Answer::Fill { bytes, job }) => {
                let job = Fills { job, fill: self.fill.clone(), state: PhantomData };
                Poll::Ready(Answer::Fill { bytes, job })
            }
        })
    }
}

impl<S, R, J, F> Job<R> for Fills<fn(&mut S), J, F>
where
    S: 'static,
    J: 'static,
    F: Fn(&mut S, &mut J, Space<'_>) -> Result<Poll<R>, Trap> + 'static,
{
    #[inline]
    fn fill(&mut self, user: &mut User, space: Space<'_>) -> Result<Poll<R>, Trap> {
        (self.fill)(user.of_linker::<S>()?, &mut self.job, space)
    }
}

struct Dynamic<S, F> {
    function: F,
    state: PhantomData<S>,
}

impl<S, F> Function<DynamicParams, DynamicResult> for Dynamic<fn(&mut S), F>
where
    S: 'static,
    F: Fn(&mut S, &[Val]) -> Result<Option<Val>, Trap> + Send + Sync + 'static,
{
    const SUSPENDS: bool = false;

    fn call(&self, user: &mut User, args: Vec<Val>) -> Result<Poll<DynamicResult>, Trap> {
        (self.function)(user.of_linker::<S>()?, &args).map(|result| Poll::Ready(DynamicResult(result)))
    }
}
