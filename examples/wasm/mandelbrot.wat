;; Prints the Mandelbrot set as 78 × 32 characters. No input.
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  ;; 0: vector (pointer, length); 8: bytes done; 16: shades from outside to inside; 1024: picture
  (data (i32.const 16) " .,:;i1tfLCG08@#")

  ;; Steps until the point (x, y) escapes, at most 240.
  (func $steps (param $x f64) (param $y f64) (result i32)
    (local $re f64) (local $im f64) (local $next f64) (local $count i32)
    (block $done
      (loop $again
        (br_if $done (i32.ge_u (local.get $count) (i32.const 240)))
        (br_if $done
          (f64.gt
            (f64.add (f64.mul (local.get $re) (local.get $re)) (f64.mul (local.get $im) (local.get $im)))
            (f64.const 4)))
        (local.set $next
          (f64.add
            (f64.sub (f64.mul (local.get $re) (local.get $re)) (f64.mul (local.get $im) (local.get $im)))
            (local.get $x)))
        (local.set $im (f64.add (f64.mul (f64.mul (f64.const 2) (local.get $re)) (local.get $im)) (local.get $y)))
        (local.set $re (local.get $next))
        (local.set $count (i32.add (local.get $count) (i32.const 1)))
        (br $again)))
    (local.get $count))

  ;; The sixteen shades spread over the first steps, where the picture changes most.
  (func $shade (param $steps i32) (result i32)
    (i32.load8_u
      (i32.add
        (i32.const 16)
        (select
          (i32.const 15)
          (i32.rem_u (local.get $steps) (i32.const 15))
          (i32.eq (local.get $steps) (i32.const 240))))))

  (func (export "_start")
    (local $row i32) (local $column i32) (local $at i32)
    (local.set $at (i32.const 1024))
    (loop $rows
      (local.set $column (i32.const 0))
      (loop $columns
        (i32.store8
          (local.get $at)
          (call $shade
            (call $steps
              (f64.sub (f64.mul (f64.convert_i32_u (local.get $column)) (f64.const 0.04)) (f64.const 2.2))
              (f64.sub (f64.mul (f64.convert_i32_u (local.get $row)) (f64.const 0.08)) (f64.const 1.24)))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (local.set $column (i32.add (local.get $column) (i32.const 1)))
        (br_if $columns (i32.lt_u (local.get $column) (i32.const 78))))
      (i32.store8 (local.get $at) (i32.const 10))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (local.set $row (i32.add (local.get $row) (i32.const 1)))
      (br_if $rows (i32.lt_u (local.get $row) (i32.const 32))))
    (i32.store (i32.const 0) (i32.const 1024))
    (i32.store (i32.const 4) (i32.sub (local.get $at) (i32.const 1024)))
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))
