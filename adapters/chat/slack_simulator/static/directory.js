/** Names for ids, and lists of people and conversations, as the person `me` sees them. */

export function createDirectory(store) {
  const nameOfUser = (id) => store.user(id)?.real_name ?? null;
  return {
    get me() {
      return store.me;
    },
    userName: nameOfUser,
    channelName: (id) => store.channel(id)?.name ?? null,
    usergroupHandle: (id) =>
      store.workspace?.usergroups.find((group) => group.id === id)?.handle ?? null,
    nameOf: (id) =>
      nameOfUser(id) ?? nameOfBot(store, id) ?? conversationTitle(store, store.channel(id)) ?? id,
    userOptions: () => [
      {
        options: people(store).map((user) => ({
          value: user.id,
          text: user.real_name,
          detail: user.title,
        })),
      },
    ],
    channelOptions: () => [optionsFrom(store, "Channels", channelsOf(store))],
    conversationOptions: () => [
      optionsFrom(store, "Channels", channelsOf(store)),
      optionsFrom(store, "Direct messages", directMessagesOf(store)),
    ],
  };
}

function optionsFrom(store, label, channels) {
  const options = channels.map((channel) => ({
    value: channel.id,
    text: conversationTitle(store, channel),
  }));
  return { label, options };
}

/** Bots have ids of their own beside their user's; there is one app, so it is that one's. */
const nameOfBot = (store, id) => (id.startsWith("B") ? store.workspace.app.name : null);

export const people = (store) =>
  store.workspace.users.filter((user) => !user.is_bot && !user.deleted);

export const channelsOf = (store) =>
  store.workspace.channels.filter((channel) => !channel.is_im && !channel.is_archived);

export const directMessagesOf = (store) =>
  store.workspace.channels.filter((channel) => channel.is_im);

/** "#ops", or the name of the other side of a direct message. */
export function conversationTitle(store, channel) {
  if (!channel) return null;
  if (!channel.is_im) return `#${channel.name}`;
  return store.user(partnerIn(store, channel))?.real_name ?? store.workspace.app.name;
}

/** Who is on the other side of a direct message: the app, unless the app is looking. */
export function partnerIn(store, channel) {
  return channel.members?.find((member) => member !== store.me) ?? store.workspace.app.bot_user_id;
}

export const isAppConversation = (store, channel) =>
  Boolean(channel?.is_im) && partnerIn(store, channel) === store.workspace.app.bot_user_id;

/** What is said beside the name of somebody who is not quite one of us. */
export function badgeOf(user) {
  if (user?.is_stranger) return "Other company";
  return user?.is_restricted ? "Guest" : null;
}

/** Who wrote a message, as Slack shows it: an app may post under another name. */
export function authorOf(store, message) {
  const { app } = store.workspace;
  if (message.source === "slack")
    return { name: "Slackbot", byApp: false, emoji: null, user: null };
  const byApp = Boolean(message.bot_id || message.app_id || message.user === app.bot_user_id);
  const user = store.user(message.user);
  const name = message.username ?? (byApp ? app.name : (user?.real_name ?? "Unknown member"));
  return { name, byApp, emoji: message.icons?.emoji ?? null, user };
}
