/* Slides: one at a time. Forward first shows a slide's answer, then the next slide; without this script all stand below one another. */
(function () {
  var slides = Array.from(document.querySelectorAll('.slide')), at = 0;
  function answer() { return slides[at].querySelector('.answer:not(.shown)'); }
  function show(number, answered) {
    at = Math.max(0, Math.min(slides.length - 1, number));
    slides.forEach(function (slide, n) { slide.classList.toggle('current', n === at); });
    if (answered !== undefined) slides[at].querySelectorAll('.answer').forEach(function (one) { one.classList.toggle('shown', answered); });
    say(slides[at].getAttribute('aria-label') + ': ' + slides[at].querySelector('h2').textContent);
    history.replaceState(null, '', '#' + (at + 1));
  }
  function say(text) { document.getElementById('announce').textContent = text; }
  function next() {
    var hidden = answer();
    if (!hidden) { if (at < slides.length - 1) show(at + 1); return; }
    hidden.classList.add('shown');
    say(hidden.textContent);
  }
  function back() {
    var shown = slides[at].querySelectorAll('.answer.shown');
    if (shown.length) shown[shown.length - 1].classList.remove('shown'); else show(at - 1);
  }
  var keys = { ArrowRight: next, ArrowDown: next, PageDown: next, ' ': next, ArrowLeft: back, ArrowUp: back, PageUp: back };
  keys.Home = function () { show(0); };
  keys.End = function () { show(slides.length - 1); };
  keys.f = function () { if (document.fullscreenElement) document.exitFullscreen(); else document.documentElement.requestFullscreen(); };
  document.addEventListener('keydown', function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
    // a button and a link have their own use for the space bar
    if (event.key === ' ' && event.target.closest('button, a')) return;
    event.preventDefault();
    keys[event.key]();
  });
  document.getElementById('next').addEventListener('click', next);
  document.getElementById('back').addEventListener('click', back);
  window.addEventListener('hashchange', function () { show((parseInt(location.hash.slice(1), 10) || 1) - 1); });
  document.documentElement.classList.add('stepwise');
  show((parseInt(location.hash.slice(1), 10) || 1) - 1);
})();
