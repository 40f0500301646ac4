package builtin

import (
	"math"
	"math/bits"
)

// fourier transforms in place, any length: by powers of two directly, else as
// a convolution of such a length (Bluestein).
func fourier(re, im []float64, inverse bool) {
	n := len(re)
	if n < 2 {
		return
	}
	if inverse { // swapping the parts turns one direction into the other
		re, im = im, re
	}
	if n&(n-1) == 0 {
		radix2(re, im)
		return
	}
	m := 1 << bits.Len(uint(2*n))
	c, s := make([]float64, n), make([]float64, n)
	for i := range c {
		// i*i modulo 2n keeps the angle small and exact.
		angle := math.Pi * float64((int64(i)*int64(i))%int64(2*n)) / float64(n)
		s[i], c[i] = math.Sincos(angle)
	}
	are, aim := make([]float64, m), make([]float64, m)
	bre, bim := make([]float64, m), make([]float64, m)
	for i := range n {
		are[i], aim[i] = re[i]*c[i]+im[i]*s[i], im[i]*c[i]-re[i]*s[i]
		bre[i], bim[i] = c[i], s[i]
		if i > 0 {
			bre[m-i], bim[m-i] = c[i], s[i]
		}
	}
	radix2(are, aim)
	radix2(bre, bim)
	for i := range are {
		are[i], aim[i] = are[i]*bre[i]-aim[i]*bim[i], are[i]*bim[i]+aim[i]*bre[i]
	}
	radix2(aim, are) // inverse
	for i := range n {
		x, y := are[i]/float64(m), aim[i]/float64(m)
		re[i], im[i] = x*c[i]+y*s[i], y*c[i]-x*s[i]
	}
}

func radix2(re, im []float64) {
	n := len(re)
	shift := 64 - bits.Len(uint(n-1))
	for i := range n {
		if j := int(bits.Reverse64(uint64(i)) >> shift); j > i {
			re[i], re[j], im[i], im[j] = re[j], re[i], im[j], im[i]
		}
	}
	for size := 2; size <= n; size *= 2 {
		for k := range size / 2 {
			s, c := math.Sincos(2 * math.Pi * float64(k) / float64(size))
			for i := k; i < n; i += size {
				j := i + size/2
				x, y := re[j]*c+im[j]*s, im[j]*c-re[j]*s
				re[j], im[j] = re[i]-x, im[i]-y
				re[i], im[i] = re[i]+x, im[i]+y
			}
		}
	}
}
