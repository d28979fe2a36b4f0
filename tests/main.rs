//! One integration-test binary, so that the whole links once. One module a way of testing.

#[cfg(test)]
mod doctor;
#[cfg(test)]
mod flapping;
#[cfg(test)]
mod flow;
#[cfg(test)]
mod house;
#[cfg(test)]
mod program;
#[cfg(test)]
mod pychron;
#[cfg(test)]
mod recordings;
#[cfg(test)]
mod sandbox;
#[cfg(test)]
mod screens;
#[cfg(test)]
mod sign_in;
#[cfg(test)]
mod terminal;
#[cfg(test)]
mod wire;
#[cfg(test)]
mod words;
