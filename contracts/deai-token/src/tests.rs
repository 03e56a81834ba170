use crate::Token;
