use super::Place;
use crate::environment::Environment;

#[test]
fn the_directory_comes_from_flag_then_data_home_then_home() {
    let environment =
        Environment { data_home: Some("/data".into()), home: Some("/home/x".into()), ..Environment::default() };
    assert_eq!(Place::find(Some("/named".into()), &environment).dir().to_str(), Some("/named"));
    assert_eq!(Place::find(None, &environment).dir().to_str(), Some("/data/peta"));
    let environment = Environment { data: Some("/said".into()), ..environment };
    assert_eq!(Place::find(None, &environment).dir().to_str(), Some("/said"));
    assert_eq!(Place::find(Some("/named".into()), &environment).dir().to_str(), Some("/named"));
    let environment = Environment { data: None, data_home: None, ..environment };
    assert_eq!(Place::find(None, &environment).dir().to_str(), Some("/home/x/.local/share/peta"));
}

#[test]
fn a_long_path_puts_the_socket_elsewhere_and_says_where() {
    let dir = tempfile::tempdir().unwrap();
    let runtime = tempfile::tempdir().unwrap();
    let environment = Environment { runtime_dir: Some(runtime.path().into()), ..Environment::default() };
    let short = Place::find(Some(dir.path().join("p")), &environment);
    std::fs::create_dir(short.dir()).unwrap();
    assert_eq!(short.make_socket_place(&environment).unwrap(), short.dir().join("peta.sock"));
    assert_eq!(short.socket(), short.dir().join("peta.sock"));

    let long = Place::find(Some(dir.path().join("x".repeat(120))), &environment);
    std::fs::create_dir(long.dir()).unwrap();
    let path = long.make_socket_place(&environment).unwrap();
    assert!(path.starts_with(runtime.path()), "{path:?}");
    assert_eq!(long.socket(), path);
    long.clear();
    assert_eq!(long.socket(), long.dir().join("peta.sock"));
}

#[test]
fn the_address_is_read_as_written() {
    let dir = tempfile::tempdir().unwrap();
    let place = Place::find(Some(dir.path().into()), &Environment::default());
    assert_eq!(place.address(), None);
    place.write_address("http://127.0.0.1:7382").unwrap();
    assert_eq!(place.address().as_deref(), Some("http://127.0.0.1:7382"));
}
