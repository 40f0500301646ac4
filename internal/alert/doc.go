// Package alert tells people of incidents: who is told by Alertmanager's
// routes, silences, time intervals and inhibition, how by its channels and
// ours, and that they are told by an outbox of our own.
//
// The one invariant: once Notify has returned, every receiver whose route
// matches is told, or there is a dead letter with the reason. Nothing is told
// twice but what a crash cut off, and then under the same identity. Nothing is
// told again by itself, and nothing ends because it was not seen again.
//
//	Notify ─▶ message (complete it) ─▶ setup.Route ─▶ outbox (durable)
//	Run    ─▶ policy (hold?) ─▶ outbox.Begin ─▶ channel.Send ─▶ outbox.Finish ─▶ Receipt
//
// Wiring it:
//
//	cfg, err := setup.Load(path)            // cfg.Warnings are for the log
//	d, err := alert.New(alert.Options{
//		Path:    filepath.Join(data, "outbox.db"),
//		Config:  cfg,
//		Receipt: func(ctx context.Context, r alert.Receipt) error { return records.Add(ctx, r) },
//		Notice:  func(s string) { log.Warn(s) },
//	})
//	go d.Run(ctx)                           // returns when ctx ends
//	err = d.Notify(ctx, alert.Notification{ // from detect, per change of an incident
//		Incident: inc.ID, Number: inc.Number, Revision: inc.Revision, Kind: alert.Created, ...})
//	err = d.Reload(cfg2)                    // the file has changed
//	err = d.Close()                         // after Run has returned
//
// Receipt is called at least once for each receipt, in order, with its ID; who
// writes it down drops what has an ID that is there already.
//
// Start reading at Notify (notify.go), then policy.go and run.go.
package alert
