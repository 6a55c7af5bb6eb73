// The one host session of this page, for all elements that show it. Only for a site in the host's role: it brings the player along.
import { configuration } from '../lib/api.js';
import { player } from '../player/player.js';
import { HostSession } from './host-session.js';

export const hostSession = new HostSession({ player, partyUrl: configuration.partyUrl });
// What a party hears does not stop because its host listens to something in another tab.
player.yields = () => !['connecting', 'live', 'reconnecting'].includes(hostSession.state);
hostSession.resumeStored();
