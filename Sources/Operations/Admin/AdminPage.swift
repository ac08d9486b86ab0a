/// The page for people: one document, which loads nothing and asks `/api/status` every second.
package enum AdminPage {
    package static let html = #"""
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <link rel="icon" href="data:,">
        <title>Trunkline</title>
        <style>
        \#(style)
        </style>
        </head>
        <body>
        \#(body)
        <script>
        \#(script)
        </script>
        </body>
        </html>

        """#

    private static let style = #"""
        :root {
          color-scheme: light dark;
          --back: #ffffff; --front: #1c2126; --dim: #56606a; --line: #d5dae0; --panel: #f5f7f9;
          --good: #1a6e34; --bad: #b3261e; --warn: #8a5a00; --bar: #3b6fb6;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --back: #14181c; --front: #e4e8ec; --dim: #9aa5b0; --line: #333b43; --panel: #1c2228;
            --good: #6fcf8a; --bad: #ff8a80; --warn: #f0c060; --bar: #6f9fe0;
          }
        }
        * { box-sizing: border-box; }
        body {
          margin: 0 auto; max-width: 72rem; padding: 1rem; background: var(--back);
          color: var(--front); font: 15px/1.45 system-ui, sans-serif;
        }
        header { display: flex; flex-wrap: wrap; gap: .3rem 1rem; align-items: baseline; }
        h1 { font-size: 1.4rem; margin: 0; }
        h2 { font-size: 1.05rem; margin: 1.6rem 0 .5rem; }
        .dim { color: var(--dim); }
        .good { color: var(--good); } .bad { color: var(--bad); } .warn { color: var(--warn); }
        .state { font-weight: 600; }
        #alarm {
          margin: .8rem 0; padding: .6rem .8rem; border: 2px solid var(--bad); color: var(--bad);
          font-weight: 600;
        }
        #alarm[hidden] { display: none; }
        body.stale main { opacity: .6; }
        dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(9rem, 1fr)); gap: .6rem;
          margin: 1rem 0 0; }
        dl div { background: var(--panel); border: 1px solid var(--line); padding: .5rem .7rem; }
        dt { color: var(--dim); font-size: .85rem; }
        dd { margin: 0; font-size: 1.25rem; font-variant-numeric: tabular-nums; }
        .wide { overflow-x: auto; }
        table { border-collapse: collapse; width: 100%; }
        th, td { text-align: left; padding: .35rem .6rem; border-bottom: 1px solid var(--line);
          vertical-align: top; }
        thead th { color: var(--dim); font-weight: 500; font-size: .85rem; white-space: nowrap; }
        .number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
        .bar { height: 4px; background: var(--bar); margin-top: 3px; min-width: 1px; }
        #events { list-style: none; margin: 0; padding: 0; max-height: 24rem; overflow-y: auto;
          border: 1px solid var(--line); }
        #events li { padding: .3rem .6rem; border-bottom: 1px solid var(--line);
          overflow-wrap: anywhere; }
        #events time { color: var(--dim); margin-right: .6rem; }
        .columns { display: grid; grid-template-columns: 1fr 1fr; gap: 0 2rem; }
        @media (max-width: 44rem) {
          .columns { grid-template-columns: 1fr; }
          #nodes thead { position: absolute; left: -99rem; }
          #nodes tr { display: grid; grid-template-columns: 1fr 1fr; border-bottom: 2px solid var(--line);
            padding: .4rem 0; }
          #nodes th[scope=row] { grid-column: 1 / 3; font-size: 1.05rem; }
          #nodes td, #nodes th[scope=row] { border: 0; text-align: left; padding: .1rem .3rem;
            white-space: normal; min-width: 0; overflow-wrap: anywhere; }
          #nodes td::before { content: attr(data-label) ": "; color: var(--dim); }
        }
        """#

    private static let body = #"""
        <header>
          <h1>Trunkline</h1>
          <span id="state" class="state" role="status">connecting</span>
          <span id="about" class="dim"></span>
        </header>
        <div id="alarm" role="alert" hidden></div>
        <noscript><p>This page needs JavaScript. <a href="/api/status">/api/status</a> and
        <a href="/metrics">/metrics</a> do not.</p></noscript>
        <main>
          <dl id="figures"></dl>
          <h2 id="nodes-title">Nodes</h2>
          <div class="wide" role="region" aria-labelledby="nodes-title" tabindex="0">
            <table id="nodes" aria-labelledby="nodes-title">
              <thead><tr>
                <th scope="col">node</th><th scope="col">role</th><th scope="col">status</th>
                <th scope="col" class="number">lag</th>
                <th scope="col" class="number">reads/s</th>
                <th scope="col" class="number">share of reads</th>
                <th scope="col" class="number">others/s</th>
                <th scope="col" class="number">connections</th>
                <th scope="col" class="number" title="since the start">read p50 / p99</th>
                <th scope="col" class="number" title="since the start">other p50 / p99</th>
              </tr></thead>
              <tbody></tbody>
            </table>
          </div>
          <div class="columns">
            <section>
              <h2 id="reasons-title">Why requests went where they went</h2>
              <table id="reasons" aria-labelledby="reasons-title">
                <thead><tr><th scope="col">reason</th><th scope="col" class="number">per second</th>
                <th scope="col" class="number">since the start</th></tr></thead>
                <tbody></tbody>
              </table>
            </section>
            <section>
              <h2 id="events-title">Recent decisions</h2>
              <ol id="events" aria-labelledby="events-title" aria-live="polite"
                aria-relevant="additions" tabindex="0"></ol>
            </section>
          </div>
        </main>
        """#

    private static let script = #"""
        'use strict';
        const byId = id => document.getElementById(id);
        let last = null;        // the document before, and when it came
        let lastEvent = 0;      // the number of the newest event shown
        let lastPid = null;
        let answeredAt = Date.now();

        function element(name, text, className) {
          const made = document.createElement(name);
          if (text !== undefined) made.textContent = text;
          if (className) made.className = className;
          return made;
        }
        // Changes only what differs: screen readers and text selections stay where they are.
        function say(target, text, className) {
          if (target.textContent !== text) target.textContent = text;
          if (className !== undefined && target.className !== className) target.className = className;
        }
        function count(value) { return value.toLocaleString('en'); }
        function perSecond(value) {
          return value >= 10 || value === 0 ? count(Math.round(value)) : value.toFixed(1);
        }
        function bytes(value) {
          if (value === undefined || value === null) return 'unknown';
          const units = ['B', 'kB', 'MB', 'GB', 'TB'];
          let unit = 0;
          while (value >= 1024 && unit < 4) { value /= 1024; unit += 1; }
          return (unit === 0 ? value : value.toFixed(1)) + ' ' + units[unit];
        }
        function duration(seconds) {
          if (seconds < 60) return seconds + ' s';
          if (seconds < 3600) return Math.floor(seconds / 60) + ' min';
          if (seconds < 86400) {
            return Math.floor(seconds / 3600) + ' h ' + Math.floor(seconds % 3600 / 60) + ' min';
          }
          return Math.floor(seconds / 86400) + ' d ' + Math.floor(seconds % 86400 / 3600) + ' h';
        }
        function times(median, tail) {
          const text = value => value === undefined || value === null ? '-'
            : typeof value !== 'number' ? value
            : value < 10 ? value.toFixed(2) : value.toFixed(0);
          return median === undefined || median === null ? '-' : text(median) + ' / ' + text(tail) + ' ms';
        }
        function lag(node, detail) {
          if (detail.isPrimary) return '-';
          let text = bytes(node.lagBytes);
          if (detail.lagSeconds) text += ', ' + detail.lagSeconds.toFixed(1) + ' s';
          return text;
        }
        // Per second since the last document; 0 after a restart of the proxy.
        function rate(now, before, seconds) {
          if (before === undefined || before > now || !(seconds > 0)) return 0;
          return (now - before) / seconds;
        }

        function rows(table, keys) {
          const body = table.tBodies[0];
          const known = new Map([...body.rows].map(row => [row.dataset.key, row]));
          keys.forEach((key, index) => {
            let row = known.get(key);
            if (!row) { row = element('tr'); row.dataset.key = key; }
            known.delete(key);
            if (body.rows[index] !== row) body.insertBefore(row, body.rows[index] || null);
          });
          known.forEach(row => row.remove());
          return [...body.rows];
        }
        function cells(row, values) {
          while (row.cells.length < values.length) {
            const isFirst = row.cells.length === 0;
            const cell = element(isFirst ? 'th' : 'td');
            if (isFirst) cell.scope = 'row';
            row.append(cell);
          }
          values.forEach((value, index) => {
            const cell = row.cells[index];
            if (value.label) cell.dataset.label = value.label;
            say(cell, value.text, value.className || '');
            if (value.share !== undefined) {
              let bar = cell.querySelector('.bar');
              if (!bar) { bar = element('div', undefined, 'bar'); cell.append(bar); }
              bar.style.width = Math.round(value.share * 100) + '%';
            }
          });
        }

        function showHead(now) {
          const status = now.status;
          const ready = now.readiness;
          const text = status.state === 'draining' ? 'shutting down'
            : ready.isReady ? ready.reason : 'not ready: ' + ready.reason;
          say(byId('state'), text, 'state ' + (ready.isReady ? 'good' : 'bad'));
          say(byId('about'), status.version + ', pid ' + status.pid + ', up '
            + duration(status.uptimeSeconds));
          document.title = (ready.isReady ? '' : '! ') + 'Trunkline';
        }
        function change(value) {
          if (!value.done && !value.failed) return 'none';
          let text = String(value.done);
          if (value.failed) text += ' (+' + value.failed + ' failed)';
          if (value.lastSeconds !== undefined) text += ', last ' + value.lastSeconds.toFixed(2) + ' s';
          return text;
        }
        function showFigures(now, reads, others) {
          const sessions = now.sessions;
          const figures = [
            ['reads per second', perSecond(reads)], ['others per second', perSecond(others)],
            ['clients', count(now.status.clients)],
            ['sessions', now.sessionPermits + ' of ' + now.sessionPermitsMax],
            ['waiting for a session', count(now.status.waitingClients)],
            ['executing', count(sessions.executing)],
            ['idle in transaction', count(sessions.idleInTransaction)],
            ['idle', count(sessions.idle)],
            ['repeated reads', count(now.status.repeatedReads)],
            ['failovers', change(now.failover)], ['switchovers', change(now.switchover)],
          ];
          const list = byId('figures');
          figures.forEach(([name, value], index) => {
            let box = list.children[index];
            if (!box) {
              box = element('div');
              box.append(element('dt', name), element('dd'));
              list.append(box);
            }
            say(box.children[1], value);
          });
        }
        function showNodes(now, seconds) {
          const nodes = now.status.nodes;
          const before = new Map(last ? last.status.nodes.map(node => [node.id, node]) : []);
          const details = new Map(now.nodes.map(node => [node.id, node]));
          const rates = nodes.map(node => {
            const old = before.get(node.id) || {};
            return {
              reads: rate(node.reads, old.reads, seconds), others: rate(node.writes, old.writes, seconds),
            };
          });
          const all = rates.reduce((sum, each) => sum + each.reads, 0);
          rows(byId('nodes'), nodes.map(node => String(node.id))).forEach((row, index) => {
            const node = nodes[index];
            const detail = details.get(node.id) || {};
            const share = all > 0 ? rates[index].reads / all : 0;
            const isUp = node.state === 'up';
            let state = node.state;
            if (detail.isDelayed) state += ', too far behind for reads';
            if (detail.reason) state += ': ' + detail.reason;
            cells(row, [
              { text: node.id + ' ' + node.host + ':' + node.port },
              { label: 'role', text: node.role },
              { label: 'status', text: state, className: isUp ? detail.isDelayed ? 'warn' : 'good' : 'bad' },
              { label: 'lag', text: lag(node, detail), className: 'number' },
              { label: 'reads/s', text: perSecond(rates[index].reads), className: 'number' },
              { label: 'share of reads', text: Math.round(share * 100) + ' %', className: 'number',
                share: share },
              { label: 'others/s', text: perSecond(rates[index].others), className: 'number' },
              { label: 'connections', className: 'number',
                text: node.serverConnections + ' (' + node.idleServerConnections + ' idle)' },
              { label: 'read p50 / p99', text: times(detail.readMedian, detail.readTail),
                className: 'number' },
              { label: 'other p50 / p99', text: times(detail.writeMedian, detail.writeTail),
                className: 'number' },
            ]);
          });
          return {
            reads: all, others: rates.reduce((sum, each) => sum + each.others, 0),
          };
        }
        function showReasons(now, seconds) {
          const before = last ? last.status.decisions : {};
          const reasons = Object.entries(now.status.decisions).sort((a, b) => b[1] - a[1]);
          rows(byId('reasons'), reasons.map(each => each[0])).forEach((row, index) => {
            const [word, times] = reasons[index];
            cells(row, [
              { text: word.replaceAll('_', ' ') },
              { text: perSecond(rate(times, before[word], seconds)), className: 'number' },
              { text: count(times), className: 'number' },
            ]);
          });
        }
        function showEvents(now) {
          const list = byId('events');
          if (now.status.pid !== lastPid) {
            lastPid = now.status.pid;
            lastEvent = 0;
            list.replaceChildren();
          }
          now.events.filter(event => event.number > lastEvent).forEach(event => {
            lastEvent = event.number;
            const item = element('li');
            const at = new Date(event.at * 1000);
            const time = element('time', at.toLocaleTimeString());
            time.dateTime = at.toISOString();
            time.title = at.toLocaleString();
            item.append(time);
            if (event.severity !== 'LOG') {
              item.append(element('strong', event.severity + ' ',
                event.severity === 'WARNING' ? 'warn' : 'bad'));
            }
            item.append(event.text);
            list.prepend(item);
          });
          while (list.children.length > 100) list.lastChild.remove();
        }
        function show(now, at) {
          if (last && last.status.pid !== now.status.pid) last = null;
          const seconds = last ? (at - last.at) / 1000 : 0;
          showHead(now);
          const traffic = showNodes(now, seconds);
          showFigures(now, traffic.reads, traffic.others);
          showReasons(now, seconds);
          showEvents(now);
          last = now;
          last.at = at;
        }

        function alarm(text) {
          const box = byId('alarm');
          document.body.classList.toggle('stale', text !== '');
          if (text === '') { box.hidden = true; say(box, ''); return; }
          say(box, text);
          box.hidden = false;
          say(byId('state'), 'no answer', 'state bad');
          document.title = '! Trunkline';
        }
        async function ask() {
          const limit = new AbortController();
          const timer = setTimeout(() => limit.abort(), 5000);
          try {
            const answer = await fetch('/api/status', { cache: 'no-store', signal: limit.signal });
            if (!answer.ok) throw new Error('it answers with status ' + answer.status);
            const now = await answer.json();
            answeredAt = Date.now();
            alarm('');
            show(now, answeredAt);
          } catch (error) {
            const since = new Date(answeredAt).toLocaleTimeString();
            alarm('The proxy does not answer. What is shown is of ' + since + '.');
          } finally {
            clearTimeout(timer);
            setTimeout(ask, 1000);
          }
        }
        ask();
        """#
}
