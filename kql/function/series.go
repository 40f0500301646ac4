package function

import "github.com/wholelog/wholelog/kql/types"

func outs(t types.Type, names ...string) []types.Column {
	out := make([]types.Column, len(names))
	for i, n := range names {
		out[i] = types.Column{Name: n, Type: t}
	}
	return out
}

func col(name string, t types.Type) types.Column { return types.Column{Name: name, Type: t} }

// The names of several results are put behind the function's name and that of
// its argument: series_stats_x_min.
var series = []Func{
	{Name: "series_abs", Sig: "(series:dynamic) dynamic"},
	{Name: "series_acos", Sig: "(series:dynamic) dynamic"},
	{Name: "series_add", Sig: "(a:any, b:any) dynamic"},
	{Name: "series_asin", Sig: "(series:dynamic) dynamic"},
	{Name: "series_atan", Sig: "(series:dynamic) dynamic"},
	{Name: "series_ceiling", Sig: "(series:dynamic) dynamic"},
	{Name: "series_cos", Sig: "(series:dynamic) dynamic"},
	{Name: "series_cosine_similarity", Sig: "(a:dynamic, b:dynamic, [magnitudeA:real], [magnitudeB:real]) real"},
	{Name: "series_divide", Sig: "(a:any, b:any) dynamic"},
	{Name: "series_dot_product", Sig: "(a:any, b:any) real"},
	{Name: "series_equals", Sig: "(a:any, b:any) dynamic"},
	{Name: "series_exp", Sig: "(series:dynamic) dynamic"},
	{Name: "series_fill_backward", Sig: "(series:dynamic, [missing:any]) dynamic"},
	{Name: "series_fill_const", Sig: "(series:dynamic, value:any, [missing:any]) dynamic"},
	{Name: "series_fill_forward", Sig: "(series:dynamic, [missing:any]) dynamic"},
	{Name: "series_fill_linear", Sig: "(series:dynamic, [missing:any], [fillEdges:bool], [constant:any]) dynamic"},
	{Name: "series_fir", Sig: "(series:dynamic, filter:dynamic, [normalize:bool], [center:bool]) dynamic"},
	{Name: "series_floor", Sig: "(series:dynamic) dynamic"},
	{Name: "series_greater", Sig: "(a:any, b:any) dynamic"},
	{Name: "series_greater_equals", Sig: "(a:any, b:any) dynamic"},
	{Name: "series_iir", Sig: "(series:dynamic, blocks:dynamic, denominators:dynamic) dynamic"},
	{Name: "series_less", Sig: "(a:any, b:any) dynamic"},
	{Name: "series_less_equals", Sig: "(a:any, b:any) dynamic"},
	{Name: "series_log", Sig: "(series:dynamic) dynamic"},
	{Name: "series_magnitude", Sig: "(series:dynamic) real"},
	{Name: "series_multiply", Sig: "(a:any, b:any) dynamic"},
	{Name: "series_not_equals", Sig: "(a:any, b:any) dynamic"},
	{Name: "series_outliers", Sig: "(series:dynamic, [kind:string], [ignore:any], [minPercentile:real], [maxPercentile:real]) dynamic"},
	{Name: "series_pearson_correlation", Sig: "(a:dynamic, b:dynamic) real"},
	{Name: "series_pow", Sig: "(a:any, b:any) dynamic"},
	{Name: "series_seasonal", Sig: "(series:dynamic, [period:any], [testPoints:any]) dynamic"},
	{Name: "series_sign", Sig: "(series:dynamic) dynamic"},
	{Name: "series_sin", Sig: "(series:dynamic) dynamic"},
	{Name: "series_subtract", Sig: "(a:any, b:any) dynamic"},
	{Name: "series_sum", Sig: "(series:dynamic) real"},
	{Name: "series_tan", Sig: "(series:dynamic) dynamic"},
	{Name: "series_stats_dynamic", Sig: "(series:dynamic, [ignoreNonFinite:bool]) dynamic"},
	{Name: "series_fit_line_dynamic", Sig: "(series:dynamic) dynamic"},
	{Name: "series_fit_2lines_dynamic", Sig: "(series:dynamic) dynamic"},
	{Name: "series_stats", Sig: "(series:dynamic, [ignoreNonFinite:bool]) dynamic",
		Outs: []types.Column{col("min", types.Real), col("min_idx", types.Long), col("max", types.Real), col("max_idx", types.Long),
			col("avg", types.Real), col("stdev", types.Real), col("variance", types.Real)}},
	{Name: "series_fit_line", Sig: "(series:dynamic) dynamic",
		Outs: append(outs(types.Real, "rsquare", "slope", "variance", "rvariance", "interception"), col("line_fit", types.Dynamic))},
	{Name: "series_fit_2lines", Sig: "(series:dynamic) dynamic",
		Outs: []types.Column{col("rsquare", types.Real), col("split_idx", types.Long), col("variance", types.Real), col("rvariance", types.Real),
			col("line_fit", types.Dynamic), col("right_rsquare", types.Real), col("right_slope", types.Real), col("right_interception", types.Real),
			col("right_variance", types.Real), col("right_rvariance", types.Real), col("left_rsquare", types.Real), col("left_slope", types.Real),
			col("left_interception", types.Real), col("left_variance", types.Real), col("left_rvariance", types.Real)}},
	{Name: "series_periods_detect", Sig: "(series:dynamic, [min:real], [max:real], [count:long]) dynamic", Outs: outs(types.Dynamic, "periods", "scores")},
	{Name: "series_periods_validate", Sig: "(series:dynamic, period:real...) dynamic", Outs: outs(types.Dynamic, "periods", "scores")},
	{Name: "series_decompose", Sig: "(series:dynamic, [seasonality:any], [trend:string], [testPoints:long], [threshold:real]) dynamic",
		Outs: outs(types.Dynamic, "baseline", "seasonal", "trend", "residual")},
	{Name: "series_decompose_anomalies", Sig: "(series:dynamic, [threshold:real], [seasonality:any], [trend:string], [testPoints:long], [method:string], [seasonalityThreshold:real]) dynamic",
		Outs: outs(types.Dynamic, "ad_flag", "ad_score", "baseline")},
	{Name: "series_decompose_forecast", Sig: "(series:dynamic, points:long, [seasonality:any], [trend:string], [threshold:real]) dynamic",
		Outs: outs(types.Dynamic, "forecast", "seasonal", "trend", "residual")},
}
