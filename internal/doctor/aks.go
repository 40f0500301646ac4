package doctor

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// clusters looks at the settings of the clusters that were named.
func (l *look) clusters(ctx context.Context) error {
	if l.arm.token == "" {
		return nil
	}
	for _, id := range l.o.AKS {
		all, a, ok, err := l.listSettings(ctx, id+resourceSettings+resourceVersion)
		if err != nil {
			return err
		}
		name := clusterID.FindStringSubmatch(id)[1]
		if !ok {
			l.denied(name, a, "give the application the role Monitoring Reader (or Reader) on the cluster",
				Step{"az", fmt.Sprintf("az role assignment create --assignee %s --role 'Monitoring Reader' --scope %s", l.client(), shell(id))})
			continue
		}
		l.cluster(id, name, all)
	}
	return nil
}

func (l *look) cluster(id, name string, all []setting) {
	on, groups := map[string][]string{}, []string{}
	var strange []string
	for i := range all {
		s := &all[i]
		for _, e := range s.logs {
			if e.Group != "" && e.Enabled && !strings.EqualFold(e.Group, "allLogs") {
				groups = append(groups, e.Group)
			}
			if e.Category != "" && !slices.Contains(aksCategories, strings.ToLower(e.Category)) {
				strange = append(strange, e.Category)
			}
		}
		for _, c := range aksCategories {
			if s.enables(c) {
				read, unread := l.through(s, c)
				for _, u := range unread {
					read = append(read, u+" (read by no source of the configuration)")
				}
				on[c] = append(on[c], read...)
			}
		}
	}
	for _, k := range l.o.Config.Kubernetes {
		if strings.EqualFold(k.Cluster, name) {
			l.say(OK, "aks", name+" kube:"+k.Cluster, "one-path", "its audit log also comes by a webhook or file of the configuration")
		}
	}
	if len(groups) > 0 {
		l.say(OK, "aks", name, "groups", "groups of categories are on; which categories they hold is not known here: "+list(groups))
	}
	full, admin := on["kube-audit"] != nil, on["kube-audit-admin"] != nil
	var lack []string
	if !full && !admin {
		lack = append(lack, "kube-audit-admin")
	}
	if on["guard"] == nil {
		lack = append(lack, "guard")
	}
	fix := l.aksFix(id, unused(all), lack)
	switch {
	case full && admin:
		l.say(Warn, "aks", name+" kube-audit", "twice", "kube-audit and kube-audit-admin are both on: the second is a part of the first, so each change is paid for twice (it is kept once)",
			Step{"portal", "Azure portal > the cluster > Monitoring > Diagnostic settings: switch kube-audit-admin off"})
	case full:
		l.say(OK, "aks", name+" kube-audit", "on", "written to "+list(on["kube-audit"]))
	case admin:
		l.say(OK, "aks", name+" kube-audit-admin", "on", "written to "+list(on["kube-audit-admin"])+"; reads (get, list) are not in it, kube-audit has them too")
	case len(groups) == 0:
		l.say(Warn, "aks", name+" kube-audit", "off", "no setting writes kube-audit or kube-audit-admin: who did what on the cluster is not recorded", fix...)
	}
	if on["guard"] != nil {
		l.say(OK, "aks", name+" guard", "on", "written to "+list(on["guard"]))
	} else if len(groups) == 0 {
		l.say(Warn, "aks", name+" guard", "off", "no setting writes guard: what Entra ID and Azure RBAC decided for the cluster is not recorded", fix...)
	}
	var more, not []string
	for _, c := range aksCategories[3:] {
		if on[c] != nil {
			more = append(more, c)
		} else {
			not = append(not, c)
		}
	}
	l.say(OK, "aks", name, "others", "of the other categories are on: "+orNone(more)+"; off: "+orNone(not))
	if len(strange) > 0 {
		l.say(OK, "aks", name, "unknown-category", "holds categories that this program does not know: "+list(strange))
	}
}

func orNone(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return list(names)
}
