package bench

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
)

// resamples is how often a bootstrap draws; its seed is fixed.
const resamples = 2000

// interval is the middle 95% of a statistic over seeds drawn with replacement.
func interval(n int, statistic func(pick []int) float64) (low, high float64) {
	if n == 0 {
		return 0, 0
	}
	r := rand.New(rand.NewPCG(1, 95))
	pick, out := make([]int, n), make([]float64, resamples)
	for i := range out {
		for j := range pick {
			pick[j] = r.IntN(n)
		}
		out[i] = statistic(pick)
	}
	slices.Sort(out)
	return out[resamples/40], out[resamples-resamples/40-1]
}

// Share is a part of a whole, over seeds.
type Share struct{ Found, All []int }

func (s *Share) add(found, all int) { s.Found, s.All = append(s.Found, found), append(s.All, all) }

func sum(list []int) (n int) {
	for _, v := range list {
		n += v
	}
	return n
}

// Value is the share; NaN of nothing.
func (s Share) Value() float64 { return float64(sum(s.Found)) / float64(sum(s.All)) }

// Interval is that of a bootstrap over seeds. Where all or none are found a
// bootstrap knows no spread; then it is Wilson's.
func (s Share) Interval() (low, high float64) {
	n, k := float64(sum(s.All)), float64(sum(s.Found))
	if n == 0 {
		return 0, 1
	}
	if k == 0 || k == n {
		const z = 1.96
		mid, half := (k+z*z/2)/(n+z*z), z/(n+z*z)*math.Sqrt(k*(n-k)/n+z*z/4)
		return max(0, mid-half), min(1, mid+half)
	}
	return interval(len(s.All), func(pick []int) float64 {
		found, all := 0, 0
		for _, i := range pick {
			found, all = found+s.Found[i], all+s.All[i]
		}
		if all == 0 {
			return 0
		}
		return float64(found) / float64(all)
	})
}

func (s Share) String() string {
	if sum(s.All) == 0 {
		return "-"
	}
	low, high := s.Interval()
	return fmt.Sprintf("%.2f [%.2f, %.2f]", s.Value(), low, high)
}

// Rate is a count per exposure, over seeds.
type Rate struct {
	Counts   []int
	Exposure []float64
}

func (r *Rate) add(n int, exposure float64) {
	r.Counts, r.Exposure = append(r.Counts, n), append(r.Exposure, exposure)
}

// Value is the rate.
func (r Rate) Value() float64 {
	var e float64
	for _, v := range r.Exposure {
		e += v
	}
	return float64(sum(r.Counts)) / e
}

// Interval is that of a bootstrap over seeds; where nothing was counted it ends
// at three over the exposure.
func (r Rate) Interval() (low, high float64) {
	if sum(r.Counts) == 0 {
		var e float64
		for _, v := range r.Exposure {
			e += v
		}
		return 0, 3 / e
	}
	return interval(len(r.Counts), func(pick []int) float64 {
		var n, e float64
		for _, i := range pick {
			n, e = n+float64(r.Counts[i]), e+r.Exposure[i]
		}
		return n / e
	})
}

func (r Rate) String() string {
	low, high := r.Interval()
	return fmt.Sprintf("%.2f [%.2f, %.2f]", r.Value(), low, high)
}

func sorted[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
