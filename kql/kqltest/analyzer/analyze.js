// Reads queries from standard input, one JSON object {id, query} a line, has
// Microsoft's analyzer look at each, and writes one JSON object a line:
// {id, columns: [{name, type}], open, diagnostics: [{code, severity, message, start, end}]}.
// The argument names a JSON file {tables: [{name, columns: [{name, type}]}],
// functions: [{name, parameters, body}]} that is the database.
'use strict';
const fs = require('fs');
const readline = require('readline');

// Both files are scripts that leave Bridge and Kusto as globals.
require('@kusto/language-service-next/bridge.js');
require('@kusto/language-service-next/Kusto.Language.Bridge.js');
const { KustoCode, GlobalState, Symbols } = globalThis.Kusto.Language;

function globals(schema) {
  const members = [];
  for (const table of schema.tables || []) {
    const columns = table.columns.map((c) => new Symbols.ColumnSymbol(c.name, Symbols.ScalarTypes.GetSymbol(c.type)));
    members.push(new Symbols.TableSymbol.$ctor4(table.name, columns));
  }
  for (const f of schema.functions || []) {
    members.push(new Symbols.FunctionSymbol.$ctor16(f.name, f.parameters, f.body, null));
  }
  const database = new Symbols.DatabaseSymbol.ctor('workspace', members);
  const cluster = new Symbols.ClusterSymbol.ctor('cluster', [database]);
  return GlobalState.Default.WithCluster(cluster).WithDatabase(database);
}

// items gives a .NET list as an array.
function items(list) {
  const out = [];
  for (let i = 0; i < list.Count; i++) out.push(list.getItem(i));
  return out;
}

function analyze(query, state) {
  const code = KustoCode.ParseAndAnalyze(query, state);
  const result = code.ResultType;
  const table = result && result.Columns && result.Kind === Symbols.SymbolKind.Table ? result : null;
  return {
    columns: table ? items(table.Columns).map((c) => ({ name: c.Name, type: c.Type ? c.Type.Name : 'unknown' })) : [],
    open: !!(table && table.IsOpen),
    diagnostics: items(code.GetDiagnostics()).map((d) => ({
      code: d.Code,
      severity: d.Severity,
      message: d.Message,
      start: d.Start,
      end: d.End,
    })),
  };
}

const state = globals(JSON.parse(fs.readFileSync(process.argv[2], 'utf8')));
const lines = readline.createInterface({ input: process.stdin, terminal: false, crlfDelay: Infinity });
lines.on('line', (line) => {
  if (!line.trim()) return;
  const { id, query } = JSON.parse(line);
  let answer;
  try {
    answer = analyze(query, state);
  } catch (e) {
    answer = { columns: [], open: false, diagnostics: [{ code: 'crash', severity: 'Error', message: String(e), start: 0, end: 0 }] };
  }
  process.stdout.write(JSON.stringify({ id, ...answer }) + '\n');
});
