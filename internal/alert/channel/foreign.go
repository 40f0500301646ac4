package channel

import (
	"context"
	"net/http"
	"reflect"

	amconfig "github.com/prometheus/alertmanager/config"
	"github.com/prometheus/alertmanager/notify"
	commoncfg "github.com/prometheus/common/config"
	"github.com/prometheus/common/model"

	"github.com/wholelog/wholelog/internal/alert/render"
	"github.com/wholelog/wholelog/internal/alert/setup"
)

// foreign is a channel of Alertmanager's own code. Its group is the incident,
// and the delivery's ID is the annotation "delivery".
type foreign struct {
	integration *notify.Integration
	secrets     []string
}

func (f *foreign) Closed() bool { return f.integration.SendResolved() }

func (f *foreign) Send(ctx context.Context, d *Delivery) Result {
	a := render.Alert(d.Notification, d.context(), d.Now, render.Verbatim)
	group := model.LabelSet{"incident": model.LabelValue(d.Notification.Incident)}
	for k, v := range d.Group {
		group[model.LabelName(k)] = model.LabelValue(v)
	}
	route := model.LabelSet{}
	for k, v := range d.Route {
		route[model.LabelName(k)] = model.LabelValue(v)
	}
	ctx = notify.WithGroupKey(ctx, d.incident())
	ctx = notify.WithGroupLabels(ctx, group)
	ctx = notify.WithRouteLabels(ctx, route)
	ctx = notify.WithReceiverName(ctx, d.Target.Receiver)
	ctx = notify.WithNow(ctx, d.Now)
	ctx = notify.WithNotificationReason(ctx, notify.ReasonFirstNotification)
	again, err := f.integration.Notify(ctx, a)
	if err != nil {
		return Result{Err: scrub(err, f.secrets), Permanent: !again}
	}
	return Result{Status: "accepted"}
}

func extraClient(h *setup.HTTP, name string, dial dialer) (*http.Client, error) {
	c, err := h.Client()
	if err != nil {
		return nil, err
	}
	return client(&c, name, dial)
}

// noRedirects returns a receiver whose HTTP clients follow no redirect: they
// would lead to where no guard has looked at the name.
func noRedirects(r amconfig.Receiver) amconfig.Receiver {
	v := reflect.ValueOf(&r).Elem()
	for i := range v.NumField() {
		list := v.Field(i)
		if list.Kind() != reflect.Slice || list.Type().Elem().Kind() != reflect.Pointer {
			continue
		}
		own := reflect.MakeSlice(list.Type(), list.Len(), list.Len())
		for j := range list.Len() {
			c := reflect.New(list.Index(j).Type().Elem())
			c.Elem().Set(list.Index(j).Elem())
			if h := c.Elem().FieldByName("HTTPConfig"); h.IsValid() {
				if p, ok := h.Interface().(*commoncfg.HTTPClientConfig); ok && p != nil {
					q := *p
					q.FollowRedirects = false
					h.Set(reflect.ValueOf(&q))
				}
			}
			own.Index(j).Set(c)
		}
		list.Set(own)
	}
	return r
}
