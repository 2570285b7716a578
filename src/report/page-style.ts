import { lookRules, shapeRules } from './chart/look.js';

/**
 * The page's style. It has no character that markup would escape, as a style element is not
 * unescaped in HTML; its selectors are therefore without child combinators.
 */
export const pageStyle = `
:root { color-scheme: light dark; --ground: #ffffff; --text: #24292f; --soft: #59636e; --line: #d0d7de; --tint: #f6f8fa; --link: #0969da }
@media screen and (prefers-color-scheme: dark) {
:root { --ground: #0d1117; --text: #e6edf3; --soft: #9aa4af; --line: #30363d; --tint: #151b23; --link: #6cb6ff }
}
* { box-sizing: border-box }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100% }
body { margin: 0 auto; padding: 2.5rem 1rem 4rem; max-width: 54rem; background: var(--ground); color: var(--text);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; font-variant-numeric: tabular-nums; overflow-wrap: break-word }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 1rem; letter-spacing: -0.01em }
h2 { font-size: 1.3rem; line-height: 1.3; margin: 0 0 .2rem }
h3 { font-size: 1rem; margin: 1.5rem 0 .4rem }
p { margin: 0 0 .8rem; max-width: 42rem }
a { color: var(--link); text-underline-offset: .15em }
.lead { font-size: 1.1rem }
nav ul { list-style: none; margin: 1.5rem 0 0; padding: .9rem 0; border: solid var(--line); border-width: 1px 0; columns: 2 16rem; column-gap: 2rem }
nav li { padding: .15rem 0; break-inside: avoid }
section { margin-top: 3.2rem }
section.more { margin-top: .6rem }
section.more summary h2 { font-size: 1rem }
.setting { color: var(--soft); margin-bottom: 1rem }
figure { margin: .8rem 0 0 }
.token { display: inline-block; max-width: 100% }
.note { font-size: .8rem; color: var(--soft) }
.drawing { display: block; width: 100%; height: auto }
.narrow { display: none }
figcaption { font-size: .875rem; color: var(--soft); margin-top: .8rem }
figcaption p { margin-bottom: .4rem; max-width: 46rem }
pre { font: .8rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; background: var(--tint); color: var(--text);
  padding: .5rem .7rem; border-radius: 6px; margin: .5rem 0; white-space: pre-wrap; overflow-wrap: anywhere }
details { margin-top: .6rem }
summary { cursor: pointer; color: var(--link); font-size: .875rem; padding: .3rem 0 }
summary h2 { display: inline; color: var(--text) }
.scroll { overflow-x: auto; margin: .4rem 0 }
table { border-collapse: collapse; font-size: .8rem; line-height: 1.4; min-width: 100% }
th, td { padding: .25rem .6rem; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; vertical-align: top }
th { font-weight: 600; vertical-align: bottom }
th:first-child, td:first-child { padding-left: 0 }
td.word, th.word { text-align: left }
tr.unsure td { font-style: italic; color: var(--soft) }
.limits { color: var(--soft); font-size: .72rem }
.file { font-size: .875rem; margin: 0 0 1rem }
.file p, .file ul { margin: 0; color: var(--soft) }
.file strong { overflow-wrap: anywhere }
footer { margin-top: 4rem; padding-top: 1rem; border-top: 1px solid var(--line); color: var(--soft); font-size: .875rem }
@media screen and (max-width: 40rem) {
body { padding-top: 1.5rem }
h1 { font-size: 1.55rem }
section { margin-top: 2.6rem }
section.more { margin-top: .6rem }
.wide { display: none }
.narrow { display: block; max-width: 30rem; margin: 0 auto }
}
@media print {
@page { margin: 15mm 16mm }
body { max-width: none; padding: 0; font-size: 10pt; line-height: 1.4 }
h1 { font-size: 18pt }
h2 { font-size: 12pt; break-inside: avoid; break-after: avoid }
p { max-width: none }
.lead { font-size: 10.5pt }
.setting { margin-bottom: 2mm; break-after: avoid }
section { margin-top: 9mm }
section.drawn, figure, .file { break-inside: avoid }
.drawing { width: 142mm; max-width: 100%; max-height: 205mm }
figcaption { font-size: 8pt; line-height: 1.35; margin-top: 1.5mm }
figcaption p { max-width: none; margin-bottom: .8mm }
pre { font-size: 7.5pt; line-height: 1.3; padding: 1mm 2mm; margin: 1mm 0 }
.file { font-size: 8.5pt; margin-bottom: 2.5mm }
nav { display: none }
details { margin-top: 1mm }
summary { list-style: none; color: var(--soft); font-size: 8pt; padding: 0 }
.scroll { overflow: visible }
table { font-size: 7pt }
th, td { padding: .1rem .3rem }
tr { break-inside: avoid }
a { color: inherit; text-decoration: none }
}
${shapeRules('.drawing')}
${lookRules('.drawing')}
`;
