// <dmp-party-status-page>: /party-status, on either site. What is set, whether a party runs, and what to do, for whoever runs the site.
import { configuration, get, isHost } from '../lib/api.js';
import { count, html, icon, render } from '../lib/html.js';
import { fetchExamination, fetchPartyStatus } from './party-api.js';
import { partsOf, setText } from './parts.js';
import { isMixedContent } from './signaling.js';

const REFRESH_MILLISECONDS = 5_000;

const markup = html`
  <header class="page-head"><h1>${icon('status')}Party status</h1></header>
  <section class="party-panel" aria-labelledby="party-status-server">
    <h2 id="party-status-server">This server</h2>
    <dl class="party-facts">
      <div><dt>Party mode</dt><dd data-part="enabled"></dd></div>
      <div><dt>Role</dt><dd data-part="role"></dd></div>
      <div><dt>Stream mode</dt><dd data-part="streamMode"></dd></div>
      <div><dt>Party address</dt><dd data-part="url"></dd></div>
      <div><dt>Module</dt><dd data-part="module"></dd></div>
      <div><dt>Version</dt><dd data-part="version"></dd></div>
    </dl>
  </section>
  <section class="party-panel" aria-labelledby="party-status-session">
    <h2 id="party-status-session">Party</h2>
    <p class="party-error" role="alert" data-part="problem" hidden></p>
    <dl class="party-facts" data-part="session">
      <div><dt>State</dt><dd data-part="state">Looking…</dd></div>
      <div data-part="listenersRow"><dt>Listeners</dt><dd data-part="number"></dd></div>
      <div data-part="playingRow"><dt data-part="playingLabel">Now playing</dt><dd data-part="playing"></dd></div>
    </dl>
  </section>
  <section class="party-panel" aria-labelledby="party-status-health" data-part="health" hidden>
    <h2 id="party-status-health">Is everything there?</h2>
    <p class="party-error" role="alert" data-part="healthProblem" hidden></p>
    <div role="status">
      <p data-part="verdict"></p>
    </div>
    <div data-part="findings"></div>
    <p><button type="button" class="button" data-part="examine">Look again</button></p>
  </section>
  <section class="party-panel" aria-labelledby="party-status-guide">
    <h2 id="party-status-guide">What to do</h2>
    <ol class="party-guide" data-part="guide"></ol>
    <p><a class="more" href="/party-debug">Look at this page’s own connection</a></p>
  </section>
`;

const ROLES = { host: 'Host: the owner’s own site', listener: 'Listener: the site for listeners', off: 'None' };

/** @type {Record<string, string[]>} */
const GUIDES = {
  host: [
    'Play something, then open Party in the navigation and press “Start party”.',
    'Give the invite link to your friends. They need nothing but a browser.',
    'Go on playing as always. “End Session” ends the party for everybody; a reload of this site takes it up again by itself.',
  ],
  listener: [
    'There is nothing to start here: this site joins by itself when its host starts a party, and its bar at the foot of the page says so.',
    'If you see “Tap to listen”, your browser waits for a tap before it lets a page make a sound.',
    'Running this server? Listeners need its UDP port (RTC_MIN_PORT) open in the firewall, and PARTY_ANNOUNCED_ADDRESS must be the address they reach it by.',
  ],
  off: [
    'Party mode is off. Set PARTY_ENABLED=true and PARTY_ROLE=host on your own server, with PARTY_URL naming the server for your listeners.',
    'On the server for your listeners set PARTY_ENABLED=true and PARTY_ROLE=listener. The README tells it step by step.',
  ],
};

class PartyStatusPage extends HTMLElement {
  /** @type {Record<string, HTMLElement>} */
  #parts = {};
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;

  connectedCallback() {
    if (!this.firstChild) {
      render(this, markup);
      this.#parts = partsOf(this);
      this.#showConfiguration();
      this.#parts.health.hidden = !isHost;
      this.#parts.examine.addEventListener('click', () => this.#examine());
    }
    this.#timer = setInterval(() => this.#refresh(), REFRESH_MILLISECONDS);
    this.#refresh();
    this.#examine();
  }

  disconnectedCallback() {
    clearInterval(this.#timer);
  }

  #showConfiguration() {
    const { partyEnabled, partyRole, partyUrl, streamMode, version } = configuration;
    const { enabled, role, streamMode: stream, url, version: versionPart, guide } = this.#parts;
    setText(enabled, partyEnabled ? 'On' : 'Off');
    setText(role, ROLES[partyRole || 'off']);
    setText(stream, streamMode ? 'On: everything can be browsed, nothing changed' : 'Off');
    setText(url, partyUrl || 'Not set');
    setText(versionPart, version);
    guide.replaceChildren(
      ...GUIDES[partyRole || 'off'].map(text => {
        const item = document.createElement('li');
        item.textContent = text;
        return item;
      }),
    );
  }

  async #refresh() {
    await Promise.all([this.#refreshSession(), this.#refreshModule()]);
  }

  async #refreshSession() {
    const { partyEnabled, partyRole, partyUrl } = configuration;
    const { problem, session, state, listenersRow, playingRow, playingLabel, playing, number } = this.#parts;
    if (!partyEnabled) {
      setText(state, 'Party mode is off');
      listenersRow.hidden = playingRow.hidden = true;
      return;
    }
    try {
      // On a host's own site no party ever lives: it asks where one would.
      const status = await fetchPartyStatus(partyRole === 'host' ? partyUrl : undefined);
      setText(state, !status.active ? 'No party is running' : status.hostAway ? 'Running; its host is away' : 'Running');
      listenersRow.hidden = playingRow.hidden = !status.active;
      setText(number, status.listenerCount.toLocaleString('en'));
      setText(playingLabel, status.isPlaying ? 'Now playing' : 'Paused at');
      setText(playing, status.currentTrack ? `${status.currentTrack.title} – ${status.currentTrack.artist}` : 'Nothing yet');
      problem.hidden = true;
      session.hidden = false;
    } catch {
      problem.hidden = false;
      session.hidden = true;
      setText(problem, unreachableWords(partyRole, partyUrl));
    }
  }

  async #examine() {
    if (!isHost) return;
    const { healthProblem, verdict, findings } = this.#parts;
    const examine = /** @type {HTMLButtonElement} */ (this.#parts.examine);
    if (examine.disabled) return;
    examine.disabled = true;
    setText(verdict, 'Looking at both servers…');
    try {
      const { here, listenerServer } = await fetchExamination();
      setText(verdict, verdictWords([...here, ...listenerServer]));
      render(findings, html`${findingsMarkup('This server', here)}${findingsMarkup('The server for listeners', listenerServer)}`);
      healthProblem.hidden = true;
    } catch (error) {
      setText(verdict, '');
      healthProblem.hidden = false;
      setText(healthProblem, `This server could not look: ${error instanceof Error ? error.message : error}`);
    } finally {
      examine.disabled = false;
    }
  }

  async #refreshModule() {
    const { module } = this.#parts;
    try {
      /** @type {{ name: string, status: 'loaded' | 'off' | 'failed', message: string | null }[]} */
      const modules = await get('/api/modules');
      const party = modules.find(({ name }) => name.toLowerCase() === 'party');
      const words = { loaded: 'Loaded', off: 'Off', failed: 'Failed' };
      setText(module, party ? [words[party.status] ?? party.status, party.message].filter(Boolean).join(': ') : 'Off');
    } catch {
      setText(module, 'This server does not answer');
    }
  }
}

/** @param {import('./party-api.js').Finding[]} findings */
function verdictWords(findings) {
  const [broken, advice] = ['broken', 'advice'].map(level => findings.filter(finding => finding.level === level).length);
  if (broken) return `${count(broken, 'thing')} will not work.`;
  return advice ? `Everything works; ${count(advice, 'thing')} could be better.` : 'Everything is there.';
}

const LEVELS = { broken: 'Broken', advice: 'Advice', fine: 'Fine' };

/**
 * What needs the owner first; what is well can be looked up.
 * @param {string} title
 * @param {import('./party-api.js').Finding[]} findings
 */
function findingsMarkup(title, findings) {
  const list = (/** @type {import('./party-api.js').Finding[]} */ some) => html`
    <ul class="party-findings">
      ${some.map(
        ({ subject, level, message, remedy }) => html`
          <li class="${level}">
            <strong>${LEVELS[level]}: ${subject}</strong> <span>${message}</span>${remedy ? html` <em>${remedy}</em>` : ''}
          </li>
        `,
      )}
    </ul>
  `;
  const fine = findings.filter(({ level }) => level === 'fine');
  const others = findings.filter(({ level }) => level !== 'fine').sort((a, b) => b.level.localeCompare(a.level));
  return html`
    <h3>${title}</h3>
    ${others.length ? list(others) : ''}
    ${fine.length ? html`<details><summary>${count(fine.length, 'check')} passed</summary>${list(fine)}</details>` : ''}
  `;
}

/**
 * @param {string} role
 * @param {string} partyUrl
 */
function unreachableWords(role, partyUrl) {
  if (role !== 'host') return 'This server does not answer. The page keeps asking.';
  if (isMixedContent(location.href, partyUrl)) {
    return `This page was opened over HTTPS and cannot ask ${partyUrl}, which is not. Give the party server HTTPS, or open this page over http:.`;
  }
  return `The party server at ${partyUrl} cannot be reached from this browser. Check that it runs, with PARTY_ROLE=listener, and that PARTY_URL is right. The page keeps asking.`;
}

customElements.define('dmp-party-status-page', PartyStatusPage);
