//! Functions of the host that write a list of bytes into the guest's memory in place: a method that begins, one that
//! fills, and a type for what the one tells the other.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use crate::Error;
use crate::docs::lines;
use crate::host::{HostFunction, Returns};
use crate::names::{Unique, camel};

/// The method that begins, and what the linker is told of it.
pub(crate) struct Begin<'a> {
    pub(crate) host: &'a Ident,
    pub(crate) name: &'a Ident,
    pub(crate) path: &'a str,
    /// Of parameters and result.
    pub(crate) types: &'a TokenStream,
    pub(crate) args: &'a TokenStream,
    pub(crate) call: &'a TokenStream,
}

impl HostFunction<'_> {
    /// The name of the job's type, what the trait has beside the method that begins, and the definition.
    pub(crate) fn filling(
        &self,
        begin: &Begin<'_>,
        returns: &Returns,
        names: &mut Unique,
    ) -> Result<(Ident, TokenStream, TokenStream), Error> {
        let fillable = self.function.result.as_ref().map_or(0, |ty| self.given.scope.fillable(ty));
        if fillable != 1 {
            return Err(Error::new(format!(
                "a function that fills a list in place has one `list<u8>` in its result, not {fillable}"
            )));
        }
        let Begin { host, name, path, types, args, call } = begin;
        let Returns { value, error, failure } = returns;
        let plain = name.to_string();
        let plain = plain.trim_start_matches("r#");
        let (job, fill) =
            (format_ident!("{}Job", camel(&plain.replace('_', "-"))), names.name(&format!("{plain}_fill")));
        let job_docs = lines(&format!("What `{plain}` leaves for `{fill}` to do."));
        let fill_docs = lines(&format!("Fill what `{plain}` asked for; it may answer `Pending`, and is called again."));
        let items = quote! {
            #job_docs
            type #job: 'static;
            #fill_docs
            fn #fill(&mut self, job: &mut Self::#job, space: rt::Space<'_>) -> rt::Poll<Result<#value, #error>>;
        };
        let ready = failure.ready();
        let failed = match failure.refused() {
            Some(refused) => quote!(Ok(rt::Poll::Ready(rt::Answer::Ready(#refused)))),
            None => quote!(Err(error)),
        };
        let filled = self.body(&quote!(#host::#fill(get(state), job, space)), failure);
        let definition = quote! {
            linker.func_filling::<#types, _, _, _>(
                #path,
                move |state, #args| match #call {
                    rt::Poll::Pending => Ok(rt::Poll::Pending),
                    rt::Poll::Ready(Ok(answer)) => Ok(rt::Poll::Ready(answer.map(|value| #ready))),
                    rt::Poll::Ready(Err(error)) => #failed,
                },
                move |state, job, space| #filled,
            );
        };
        Ok((job, items, definition))
    }
}
