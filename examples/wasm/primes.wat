;; Counts the primes below N by the sieve of Eratosthenes.
;; Standard input: N as decimal text (at most 100 million). Standard output: the count and a newline.
;; Exit code 1 when there is not enough memory for the sieve: one byte a number.
(module
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 1)
  ;; 0: vector (pointer, length); 8: bytes done; 16: text; 1024: sieve
  (global $sieve i32 (i32.const 1024))

  (func $read_number (result i32)
    (local $at i32) (local $end i32) (local $digit i32) (local $value i32)
    (i32.store (i32.const 0) (i32.const 16))
    (i32.store (i32.const 4) (i32.const 32))
    (drop (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
    (local.set $at (i32.const 16))
    (local.set $end (i32.add (i32.const 16) (i32.load (i32.const 8))))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $digit (i32.sub (i32.load8_u (local.get $at)) (i32.const 48)))
        (br_if $done (i32.gt_u (local.get $digit) (i32.const 9)))
        (local.set $value (i32.add (i32.mul (local.get $value) (i32.const 10)) (local.get $digit)))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $next)))
    (local.get $value))

  (func $print_number (param $value i32)
    (local $at i32)
    (local.set $at (i32.const 47))
    (i32.store8 (i32.const 47) (i32.const 10))
    (loop $next
      (local.set $at (i32.sub (local.get $at) (i32.const 1)))
      (i32.store8 (local.get $at) (i32.add (i32.const 48) (i32.rem_u (local.get $value) (i32.const 10))))
      (local.set $value (i32.div_u (local.get $value) (i32.const 10)))
      (br_if $next (local.get $value)))
    (i32.store (i32.const 0) (local.get $at))
    (i32.store (i32.const 4) (i32.sub (i32.const 48) (local.get $at)))
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))

  (func $reserve (param $bytes i32)
    (local $pages i32)
    (local.set $pages (i32.sub (i32.shr_u (i32.add (local.get $bytes) (i32.const 66559)) (i32.const 16)) (memory.size)))
    (if (i32.gt_s (local.get $pages) (i32.const 0))
      (then
        (if (i32.eq (memory.grow (local.get $pages)) (i32.const -1))
          (then (call $proc_exit (i32.const 1)))))))

  (func $count (param $n i32) (result i32)
    (local $i i32) (local $multiple i32) (local $primes i32)
    (local.set $i (i32.const 2))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $i) (local.get $n)))
        (if (i32.eqz (i32.load8_u (i32.add (global.get $sieve) (local.get $i))))
          (then
            (local.set $primes (i32.add (local.get $primes) (i32.const 1)))
            (local.set $multiple (i32.add (local.get $i) (local.get $i)))
            (block $crossed
              (loop $cross
                (br_if $crossed (i32.ge_u (local.get $multiple) (local.get $n)))
                (i32.store8 (i32.add (global.get $sieve) (local.get $multiple)) (i32.const 1))
                (local.set $multiple (i32.add (local.get $multiple) (local.get $i)))
                (br $cross)))))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $next)))
    (local.get $primes))

  (func (export "_start")
    (local $n i32)
    (local.set $n (call $read_number))
    (if (i32.gt_u (local.get $n) (i32.const 100000000)) (then (call $proc_exit (i32.const 2))))
    (call $reserve (local.get $n))
    (call $print_number (call $count (local.get $n)))))
