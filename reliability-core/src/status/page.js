// Keeps the page as it is now: takes the parts that changed from the server's stream of events and puts them in place.
// What a reader holds stays: open details, the focus, a selected text, the place on the page.
// Where control is switched on, it sends what a button says, with the token that was typed in. The token stands in a variable of this
// function and nowhere else: not in the field, a store, a cookie or an address; it is gone when the page is.
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

  // what a link or a button is called, so that it is found again
  const named = (it) => it.getAttribute('href') || it.dataset.path + it.dataset.body;

  const place = () => {
    if (paused) return;
    for (const [id, html] of pending) {
      const part = document.getElementById(id);
      if (part && isRead(part)) continue;
      pending.delete(id);
      if (!part || part.innerHTML === html) continue;
      const focused = part.contains(document.activeElement) ? named(document.activeElement) : null;
      part.innerHTML = html;
      if (focused) {
        for (const other of part.querySelectorAll('a[href], button[data-path]')) {
          if (named(other) === focused) other.focus({ preventScroll: true });
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

  const field = document.getElementById('token');
  let token = '';

  const told = (text, bad) => {
    const said = document.getElementById('said');
    said.textContent = text;
    said.dataset.bad = String(Boolean(bad));
  };

  const order = async (path, body) => {
    const base = document.body.querySelector('main').dataset.control;
    try {
      const answer = await fetch(base + path, {
        method: 'POST', cache: 'no-store', credentials: 'omit', redirect: 'error', referrerPolicy: 'no-referrer',
        headers: { authorization: 'Bearer ' + token, 'content-type': 'application/json' }, body,
      });
      const news = await answer.json();
      if (answer.ok) return news;
      if (answer.status === 401) release();
      told(news.error + (news.accepted ? ' (accepted: ' + news.accepted.join(', ') + ')' : ''), true);
    } catch {
      told('The order did not arrive', true);
    }
    return null;
  };

  const release = () => {
    token = '';
    delete document.body.dataset.hand;
    field.hidden = false;
    document.getElementById('show').textContent = 'Take control';
  };

  const show = async () => {
    if (token) {
      release();
      told('');
      return;
    }
    token = field.value;
    field.value = '';
    if (!token) return;
    const news = await order('whoami', '{}');
    if (!news) {
      token = '';
      return;
    }
    document.body.dataset.hand = 'on';
    field.hidden = true;
    document.getElementById('show').textContent = 'Let go';
    told('You act as ' + news.by);
  };

  if (field) {
    document.getElementById('hand').dataset.ready = 'yes';
    document.getElementById('show').addEventListener('click', show);
    field.addEventListener('keydown', (event) => event.key === 'Enter' && show());
    document.addEventListener('click', async (event) => {
      const button = event.target.closest('button[data-path]');
      if (!button || !token) return;
      const what = button.getAttribute('aria-label');
      if (await order(button.dataset.path, button.dataset.body)) told('Done: ' + what);
    });
  }

  pause.hidden = false;
  pause.addEventListener('click', () => {
    paused = !paused;
    pause.setAttribute('aria-pressed', String(paused));
    place();
    say(paused ? 'paused' : 'live', paused ? 'Paused' : 'Live');
  });
  // a page that nobody sees costs the service nothing
  document.addEventListener('visibilitychange', () => (document.hidden ? close() : open()));
  addEventListener('pagehide', () => {
    close();
    // a page that comes back from the browser's memory has nobody's token
    if (field && token) release();
  });
  addEventListener('pageshow', open);
  setInterval(() => {
    if (!document.hidden && performance.now() - heard > 5000) say('lost', 'Connection lost');
  }, 1000);
  open();
})();
