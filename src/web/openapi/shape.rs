//! The shape of an answer, as a table of operations says it. Knows no resource's members: those are
//! named here and described in `components`.

/// What the body of an answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A resource, by its name among the components.
    Ref(&'static str),
    Nullable(&'static Shape),
    /// A bare array.
    List(&'static Shape),
    /// `{data, total_count}`.
    Page(&'static Shape),
    /// `{response, client}`: the Frontend API's wrapper, whose client may be null.
    Wrapped(&'static Shape),
    /// By what was asked for.
    Either(&'static [Shape]),
}

impl Shape {
    /// The components that it names.
    #[must_use]
    pub fn names(&self) -> Vec<&'static str> {
        match self {
            Self::Ref(name) => vec![*name],
            Self::Nullable(of) | Self::List(of) | Self::Page(of) => of.names(),
            Self::Wrapped(of) => of.names().into_iter().chain(["Client"]).collect(),
            Self::Either(all) => all.iter().flat_map(Self::names).collect(),
        }
    }
}
