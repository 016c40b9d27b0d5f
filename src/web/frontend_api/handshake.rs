//! `GET client/handshake`: the way on which a server-rendered page gets its cookies.
