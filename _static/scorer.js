// Sphinx's own scores, but a chapter comes before a page of the library, the bibliography and the like.
var Scorer = {
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
  // docname, title, anchor, description, score, filename
  score: ([page, , , , score]) => score + (/^chapters\/(api|bibliography|execution|data)/.test(page) ? 0 : 1000),
};
