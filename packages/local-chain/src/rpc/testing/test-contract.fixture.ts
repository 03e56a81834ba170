import wabt from 'wabt';

/** Made by hand, so that these tests need no Rust: storage, logs, panics, a promise to another contract. */
const WAT = `(module
  (import "env" "input" (func $input (param i64)))
  (import "env" "storage_write" (func $storage_write (param i64 i64 i64 i64 i64) (result i64)))
  (import "env" "storage_read" (func $storage_read (param i64 i64 i64) (result i64)))
  (import "env" "value_return" (func $value_return (param i64 i64)))
  (import "env" "log_utf8" (func $log_utf8 (param i64 i64)))
  (import "env" "panic_utf8" (func $panic_utf8 (param i64 i64)))
  (import "env" "promise_create" (func $promise_create (param i64 i64 i64 i64 i64 i64 i64 i64) (result i64)))
  (import "env" "promise_return" (func $promise_return (param i64)))
  (memory (export "memory") 1)
  (data (i32.const 0) "value")
  (data (i32.const 16) "stored")
  (data (i32.const 32) "ERR_BOOM: as asked")
  (data (i32.const 64) "echo")
  (data (i32.const 80) "echo.deai.local")
  (data (i32.const 96) "\\"hello\\"")
  ;; Stores its input.
  (func (export "set")
    (call $input (i64.const 0))
    (drop (call $storage_write (i64.const 5) (i64.const 0) (i64.const -1) (i64.const 0) (i64.const 1)))
    (call $log_utf8 (i64.const 6) (i64.const 16)))
  ;; Returns what is stored.
  (func (export "get")
    (drop (call $storage_read (i64.const 5) (i64.const 0) (i64.const 0)))
    (call $value_return (i64.const -1) (i64.const 0)))
  (func (export "echo")
    (call $input (i64.const 0))
    (call $value_return (i64.const -1) (i64.const 0)))
  (func (export "boom")
    (call $panic_utf8 (i64.const 18) (i64.const 32)))
  ;; Lets echo.deai.local echo "hello" and returns its result.
  (func (export "relay")
    (call $promise_return
      (call $promise_create
        (i64.const 15) (i64.const 80) (i64.const 4) (i64.const 64) (i64.const 7) (i64.const 96)
        (i64.const 112) (i64.const 10000000000000)))))`;

/** The contract's wasm. */
export async function buildTestContract(): Promise<Uint8Array> {
  const tool = await wabt();
  const module = tool.parseWat('test-contract.wat', WAT);
  module.validate();
  return module.toBinary({}).buffer;
}
