package main

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/wholelog/wholelog/internal/config"
	"github.com/wholelog/wholelog/internal/doctor"
)

func newDoctor() *cobra.Command {
	var path, tenantName string
	var asJSON, yes bool
	var o doctor.Options
	var e doctor.Enable
	c := &cobra.Command{
		Use: "doctor [-c FILE]", Short: "Look at the tenants: permissions, licences and diagnostic settings, and what mends them", Args: cobra.NoArgs,
		Long: `Asks Microsoft Graph and Azure Resource Manager what each configured tenant
allows: whether a token can be had, whether each collection can be read, which
columns stay empty, what diagnostic settings write and which source of the
configuration reads it. Each finding comes with the commands and the portal
step that mend it. It only reads, and exits with 1 if something must be mended.

  wholelog doctor
  wholelog doctor --tenant contoso --aks "$(az aks show -g GROUP -n NAME --query id -o tsv)"

With --enable it prepares a change of a diagnostic setting instead and shows
it; with --yes too it makes the change, reads it back and compares:

  wholelog doctor --enable SignInLogs,AuditLogs --to eventhub --setting wholelog \
      --destination /subscriptions/.../authorizationRules/RootManageSharedAccessKey`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if len(e.Categories) > 0 {
				if e.To == "" || e.Setting == "" {
					return usageError{errors.New("--enable needs --to and --setting")}
				}
				o.Enable = &e
			} else if yes || e.To != "" || e.Setting != "" || e.Destination != "" || e.Hub != "" {
				return usageError{errors.New("--yes, --to, --setting, --destination and --hub go with --enable")}
			}
			cfg, err := config.Load(configPath(path))
			if err != nil {
				return err
			}
			o.Config, o.Credential = cfg, credential
			if tenantName != "" {
				t, err := cfg.Tenant(tenantName)
				if err != nil {
					return usageError{fmt.Errorf("--tenant: %w", err)}
				}
				o.Tenants = []*config.Tenant{t}
			}
			r, err := doctor.Run(cmd.Context(), o)
			if err != nil {
				return err
			}
			var failed error
			if yes && r.Plan != nil {
				failed = doctor.Apply(cmd.Context(), r.Plan)
			}
			r.OK = r.OK && failed == nil
			if asJSON {
				enc := json.NewEncoder(cmd.OutOrStdout())
				enc.SetIndent("", "  ")
				enc.SetEscapeHTML(false)
				err = enc.Encode(r)
			} else {
				err = r.Write(cmd.OutOrStdout())
			}
			if n := r.Count(doctor.Fail); n > 0 && failed == nil {
				failed = fmt.Errorf("%d things to mend", n)
			}
			return errors.Join(err, failed)
		},
	}
	configFlag(c, &path)
	f := c.Flags()
	f.StringVar(&tenantName, "tenant", "", "only this tenant, by name or id (default all)")
	f.BoolVar(&asJSON, "json", false, "print one JSON object")
	f.StringArrayVar(&o.AKS, "aks", nil, "resource id of an AKS cluster to look at too; may be given again")
	f.StringVar(&o.ARM, "arm-endpoint", "", "another address of Azure Resource Manager (default the cloud's)")
	f.StringSliceVar(&e.Categories, "enable", nil, "diagnostic categories to switch on, by commas")
	f.StringVar(&e.To, "to", "", "destination of --enable: eventhub, storage or workspace")
	f.StringVar(&e.Setting, "setting", "", "diagnostic setting to change or make")
	f.StringVar(&e.Destination, "destination", "", "resource id that a new setting writes to")
	f.StringVar(&e.Hub, "hub", "", "event hub of a new setting (default one per category)")
	f.BoolVar(&yes, "yes", false, "make the change that --enable shows")
	_ = c.RegisterFlagCompletionFunc("to", cobra.FixedCompletions([]string{"eventhub", "storage", "workspace"}, cobra.ShellCompDirectiveNoFileComp))
	return c
}
