//! A host that writes lists of bytes into guests in place.

use std::task::Poll;

use tambo::component::{Answer, Borrow, Filled, Limits, Linker, Own, Space};
use tambo::{Config, EngineKind, Runtime, Trap};

mod made {
    ::tambo::component::bindgen! {
        inline: "
            package t:fill@1.0.0;
            interface io {
                enum code { gone, broken }
                resource file {
                    constructor();
                    read-at: func(len: u32) -> result<tuple<list<u8>, bool>, code>;
                }
                read: func(len: u32) -> result<list<u8>, code>;
                all: func() -> list<u8>;
            }
            world reads {
                import io;
                export run: func(len: u32) -> result<list<u8>, u8>;
            }
        ",
        filling: ["t:fill/io/file.read-at", "t:fill/io/read", "t:fill/io/all"],
        errors: { "t:fill/io/code": super::Failure },
    }
}

use made::t::fill::io::{Code, File, Host, HostFile};

/// What the host's functions fail with.
#[derive(Debug)]
pub(crate) struct Failure(&'static str);

impl TryFrom<Failure> for Code {
    type Error = Trap;

    fn try_from(failure: Failure) -> Result<Self, Trap> {
        match failure.0 {
            "gone" => Ok(Self::Gone),
            other => Err(Trap::bug(other)),
        }
    }
}

struct Disk(&'static [u8]);

impl Disk {
    fn copy(&self, mut space: Space<'_>) -> Filled {
        let bytes = space.bytes();
        let count = bytes.len().min(self.0.len());
        bytes[..count].copy_from_slice(&self.0[..count]);
        space.filled(count)
    }

    fn begin<R>(&self, len: u32) -> Answer<R, u32> {
        let bytes = len.min(self.0.len() as u32);
        Answer::Fill { bytes, job: bytes }
    }
}

impl HostFile for Disk {
    type ReadAtJob = u32;

    fn new(&mut self) -> Result<Own<File>, Trap> {
        Ok(Own::new(1))
    }

    fn read_at(&mut self, _: Borrow<File>, len: u32) -> Poll<Result<Answer<(Filled, bool), u32>, Failure>> {
        Poll::Ready(Ok(self.begin(len)))
    }

    fn read_at_fill(&mut self, _: &mut u32, space: Space<'_>) -> Poll<Result<(Filled, bool), Failure>> {
        Poll::Ready(Ok((self.copy(space), true)))
    }

    fn drop(&mut self, _: Own<File>) -> Result<(), Trap> {
        Ok(())
    }
}

impl Host for Disk {
    type ReadJob = u32;
    type AllJob = ();

    fn read(&mut self, len: u32) -> Poll<Result<Answer<Filled, u32>, Failure>> {
        Poll::Ready(if len == 100 { Err(Failure("gone")) } else { Ok(self.begin(len)) })
    }

    fn read_fill(&mut self, bytes: &mut u32, space: Space<'_>) -> Poll<Result<Filled, Failure>> {
        Poll::Ready(if *bytes == 3 { Err(Failure("gone")) } else { Ok(self.copy(space)) })
    }

    fn all(&mut self) -> Poll<Result<Answer<Filled, ()>, Trap>> {
        Poll::Ready(Ok(Answer::Fill { bytes: self.0.len() as u32, job: () }))
    }

    fn all_fill(&mut self, (): &mut (), space: Space<'_>) -> Poll<Result<Filled, Trap>> {
        Poll::Ready(Ok(self.copy(space)))
    }
}

/// `run` passes on what `read` gives.
const READS: &str = r#"(component
    (import "t:fill/io@1.0.0" (instance $io
        (type $code' (enum "gone" "broken"))
        (export "code" (type $code (eq $code')))
        (export "read" (func (param "len" u32) (result (result (list u8) (error $code)))))))
    (core module $libc
        (memory (export "memory") 1)
        (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024)))
    (core instance $libc (instantiate $libc))
    (core func $read (canon lower (func $io "read") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
    (core module $m
        (import "" "read" (func $read (param i32 i32)))
        (func (export "run") (param i32) (result i32)
            (call $read (local.get 0) (i32.const 16))
            (i32.const 16)))
    (core instance $i (instantiate $m (with "" (instance (export "read" (func $read))))))
    (func (export "run") (param "len" u32) (result (result (list u8) (error u8)))
        (canon lift (core func $i "run") (memory (core memory $libc "memory")))))"#;

#[test]
fn lists_are_filled_by_generated_hosts() {
    for &engine in EngineKind::ALL {
        let runtime = Runtime::with_config(Config { engine, ..Config::default() }).unwrap();
        let mut linker = Linker::<Disk>::new();
        made::add_to_linker(&mut linker, |disk| disk);
        let linked = runtime.load_component(READS.as_bytes()).unwrap().link(&linker).unwrap();
        let mut instance = linked.instantiate(Disk(b"hello"), &Limits::default()).unwrap();
        let reads = made::Reads::new(&mut instance).unwrap();
        assert_eq!(reads.run(&mut instance, 4).unwrap(), Ok(b"hell".to_vec()));
        assert_eq!(reads.run(&mut instance, 9).unwrap(), Ok(b"hello".to_vec()));
        assert_eq!(reads.run(&mut instance, 100).unwrap(), Err(0), "before");
        assert_eq!(reads.run(&mut instance, 3).unwrap(), Err(0), "after");
    }
}
