/** How the page looks, by day and by night. */
export const style = `
:root {
  color-scheme: light dark;
  --page: #fbfbfa; --card: #ffffff; --ink: #1d2126; --quiet: #5c6670; --line: #dde1e5; --grid: #e9ecef;
  --limit: #6b7580; --json: #1f6fb8; --raw: #c2570c;
  --c1: #1f6fb8; --c2: #c2570c; --c3: #2e7d4f; --c4: #8a55b3;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14171a; --card: #1c2024; --ink: #e6e9ec; --quiet: #9aa5af; --line: #343a40; --grid: #2a2f34;
    --limit: #98a3ad; --json: #6fb2f2; --raw: #f0985a;
    --c1: #6fb2f2; --c2: #f0985a; --c3: #74c895; --c4: #c39be8;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 1120px; margin: 0 auto; padding: 32px 24px 64px; }
h1 { font-size: 26px; margin: 0; }
h2 { font-size: 19px; margin: 40px 0 4px; }
h3 { font-size: 14px; margin: 0 0 6px; font-weight: 600; }
p { margin: 4px 0 12px; max-width: 82ch; }
.quiet { color: var(--quiet); }
.after { margin-top: 12px; }
.facts { display: flex; flex-wrap: wrap; gap: 4px 20px; margin: 8px 0 16px; color: var(--quiet); font-size: 13px; }
.notice { border-left: 3px solid var(--raw); padding: 6px 12px; background: var(--card); }
.grid { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 16px; }
.grid.three { grid-template-columns: repeat(3, minmax(0, 1fr)); }
.stack { display: grid; gap: 16px; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 12px 14px; overflow-x: auto; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 18px; font-size: 13px; margin: 0 0 12px; }
.legend svg { vertical-align: -2px; margin-right: 6px; }
svg { display: block; max-width: 100%; height: auto; }
.legend svg, td svg { display: inline-block; }
svg text { font: 12px system-ui, sans-serif; fill: var(--ink); }
svg text.quiet { fill: var(--quiet); }
table { border-collapse: collapse; width: 100%; font-size: 13px; font-variant-numeric: tabular-nums; }
th { font-weight: 600; color: var(--quiet); text-align: right; padding: 4px 8px; border-bottom: 1px solid var(--line); }
td { text-align: right; padding: 3px 8px; border-bottom: 1px solid var(--grid); white-space: nowrap; }
th.text, td.text { text-align: left; }
details { margin-top: 12px; }
summary { cursor: pointer; color: var(--quiet); font-size: 13px; margin-bottom: 8px; }
@media (max-width: 820px) { .grid, .grid.three { grid-template-columns: minmax(0, 1fr); } }
`;
