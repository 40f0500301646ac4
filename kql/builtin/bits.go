package builtin

import "math/bits"

var bitFuncs = []Func{
	long2("binary_and", func(x, y int64) any { return x & y }),
	long2("binary_or", func(x, y int64) any { return x | y }),
	long2("binary_xor", func(x, y int64) any { return x ^ y }),
	// Shifts take the count modulo 64 and refuse a negative one.
	long2("binary_shift_left", func(x, n int64) any {
		if n < 0 {
			return nil
		}
		return x << (n % 64)
	}),
	long2("binary_shift_right", func(x, n int64) any {
		if n < 0 {
			return nil
		}
		return x >> (n % 64)
	}),
	fn("binary_not", "l:l", func(a args) any {
		if n, ok := a.long(0); ok {
			return ^n
		}
		return nil
	}),
	fn("bitset_count_ones", "l:l", func(a args) any {
		if n, ok := a.long(0); ok {
			return int64(bits.OnesCount64(uint64(n)))
		}
		return nil
	}),
}

func long2(name string, f func(x, y int64) any) Func {
	return fn(name, "ll:l", func(a args) any {
		x, ok1 := a.long(0)
		y, ok2 := a.long(1)
		if !ok1 || !ok2 {
			return nil
		}
		return f(x, y)
	})
}
