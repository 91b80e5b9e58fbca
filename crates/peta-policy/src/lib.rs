//! The judge: grants say which agent may use what. Pure.
