// Keeps the page as it is now: takes the parts that changed from the server's stream of events and puts them in place.
// What a reader holds stays: open details, the focus, a selected text, the place on the page.
(() => {
  'use strict';
  const link = document.getElementById('link');
  const pause = document.getElementById('pause');
  const skeleton = document.currentScript.dataset.skeleton;
  const pending = new Map();
  let source = null;
  let paused = false;
  let heard = performance.now();

  const say = (state, text) => {
    if (link.dataset.state === state) return;
    link.dataset.state = state;
    link.textContent = text;
  };

  const isRead = (part) => {
    const selected = getSelection();
    return selected && !selected.isCollapsed && part.contains(selected.anchorNode);
  };

  const place = () => {
    if (paused) return;
    for (const [id, html] of pending) {
      const part = document.getElementById(id);
      if (part && isRead(part)) continue;
      pending.delete(id);
      if (!part || part.innerHTML === html) continue;
      const focused = part.contains(document.activeElement) ? document.activeElement.getAttribute('href') : null;
      part.innerHTML = html;
      if (focused) {
        for (const other of part.querySelectorAll('a[href]')) {
          if (other.getAttribute('href') === focused) other.focus({ preventScroll: true });
        }
      }
    }
  };

  const take = (event) => {
    heard = performance.now();
    const news = JSON.parse(event.data);
    if (news.skeleton !== skeleton) {
      // an objective came or went, or another version answers: not at once again where two versions take turns
      if (heard > 10000 && !paused) location.reload();
      return;
    }
    for (const id in news.parts) pending.set(id, news.parts[id]);
    place();
    say(paused ? 'paused' : 'live', paused ? 'Paused' : 'Live');
  };

  const open = () => {
    if (source || document.hidden) return;
    heard = performance.now();
    source = new EventSource(document.body.querySelector('main').dataset.stream);
    source.addEventListener('parts', take);
    source.onerror = () => {
      say('lost', 'Connection lost');
      // the browser tries again by itself unless it was refused
      if (source && source.readyState === EventSource.CLOSED) {
        close();
        setTimeout(open, 5000);
      }
    };
  };

  const close = () => {
    if (source) source.close();
    source = null;
  };

  pause.hidden = false;
  pause.addEventListener('click', () => {
    paused = !paused;
    pause.setAttribute('aria-pressed', String(paused));
    place();
    say(paused ? 'paused' : 'live', paused ? 'Paused' : 'Live');
  });
  // a page that nobody sees costs the service nothing
  document.addEventListener('visibilitychange', () => (document.hidden ? close() : open()));
  addEventListener('pagehide', close);
  addEventListener('pageshow', open);
  setInterval(() => {
    if (!document.hidden && performance.now() - heard > 5000) say('lost', 'Connection lost');
  }, 1000);
  open();
})();
