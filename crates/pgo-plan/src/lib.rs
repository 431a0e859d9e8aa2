//! Given what was asked and what was seen: what should exist, and what happens next. Pure.
//!
//! Nothing here reads a clock, draws a random number or awaits anything; all of that rides in or out as a value.

#![warn(missing_docs)]

pub mod event;
pub mod observed;
pub mod plan;
pub mod secret;
