//! alertmanager
