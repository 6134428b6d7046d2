/** Names of common emoji, as Slack writes them between colons. Unknown names stay as written. */

const NAMES = `
+1 👍|-1 👎|100 💯|adhesive_bandage 🩹|alarm_clock ⏰|ambulance 🚑|arrow_down ⬇️|arrow_left ⬅️|arrow_right ➡️
arrow_up ⬆️|arrows_counterclockwise 🔄|bell 🔔|no_bell 🔕|bar_chart 📊|battery 🔋|beers 🍻|blue_heart 💙|bookmark 🔖
boom 💥|bow 🙇|bug 🐛|bulb 💡|busts_in_silhouette 👥|calendar 📆|calling 📲|chart_with_upwards_trend 📈
chart_with_downwards_trend 📉|checkered_flag 🏁|clap 👏|clipboard 📋|clock1 🕐|coffee ☕|computer 💻|construction 🚧
cry 😢|crossed_fingers 🤞|disappointed 😞|dizzy 💫|dog 🐶|door 🚪|ear 👂|email 📧|envelope ✉️|exclamation ❗|eyes 👀
face_with_monocle 🧐|fast_forward ⏩|fire 🔥|fire_engine 🚒|flashlight 🔦|floppy_disk 💾|gear ⚙️|ghost 👻|green_heart 💚
grey_question ❔|grin 😁|grinning 😀|hammer 🔨|hammer_and_wrench 🛠️|handshake 🤝|heart ❤️|heavy_check_mark ✔️
heavy_minus_sign ➖|heavy_plus_sign ➕|hospital 🏥|hourglass ⌛|hourglass_flowing_sand ⏳|house 🏠|inbox_tray 📥
information_source ℹ️|iphone 📱|joy 😂|key 🔑|label 🏷️|large_blue_circle 🔵|large_green_circle 🟢|large_orange_circle 🟠
large_yellow_circle 🟡|laughing 😆|link 🔗|lock 🔒|loudspeaker 📢|mag 🔍|mailbox 📫|mega 📣|memo 📝|moneybag 💰|muscle 💪
mute 🔇|negative_squared_cross_mark ❎|neutral_face 😐|no_entry ⛔|no_entry_sign 🚫|o ⭕|ok 🆗|ok_hand 👌|one 1️⃣
open_hands 👐|outbox_tray 📤|package 📦|pager 📟|paperclip 📎|pencil ✏️|pencil2 ✏️|phone ☎️|telephone_receiver 📞
point_down 👇|point_left 👈|point_right 👉|point_up ☝️|pray 🙏|purple_heart 💜|pushpin 📌|question ❓|raised_hands 🙌
raising_hand 🙋|recycle ♻️|red_circle 🔴|relaxed ☺️|repeat 🔁|robot_face 🤖|rocket 🚀|rotating_light 🚨|satellite 📡|scream 😱
see_no_evil 🙈|shrug 🤷|skull 💀|sleeping 😴|slightly_smiling_face 🙂|slightly_frowning_face 🙁|small_blue_diamond 🔹
small_orange_diamond 🔸|smile 😄|smiley 😃|smirk 😏|snail 🐌|sob 😭|sos 🆘|sparkles ✨|speech_balloon 💬|star ⭐
stethoscope 🩺|stop_sign 🛑|stopwatch ⏱️|sunglasses 😎|sunny ☀️|sweat_smile 😅|tada 🎉|thinking_face 🤔|thought_balloon 💭
three 3️⃣|thumbsdown 👎|thumbsup 👍|timer_clock ⏲️|tired_face 😫|tools 🛠️|traffic_light 🚦|triangular_flag_on_post 🚩
trophy 🏆|turtle 🐢|two 2️⃣|unlock 🔓|upside_down_face 🙃|v ✌️|vertical_traffic_light 🚦|vibration_mode 📳|warning ⚠️|wave 👋
white_check_mark ✅|white_circle ⚪|black_circle ⚫|wink 😉|woman-firefighter 👩‍🚒|wrench 🔧|x ❌|yum 😋|zap ⚡|zzz 💤
`;

export const EMOJI = new Map(
  NAMES.trim()
    .split(/[|\n]/)
    .map((pair) => pair.split(" ")),
);

/** What the reaction picker offers first. */
export const FAVOURITES = [
  "+1",
  "eyes",
  "white_check_mark",
  "tada",
  "heart",
  "joy",
  "pray",
  "fire",
  "warning",
  "x",
];

/** The character for a name (a skin tone is dropped), or the name between colons. */
export function emoji(name) {
  return EMOJI.get(name.replace(/::skin-tone-\d$/, "")) ?? `:${name}:`;
}

/** Text with the names it knows replaced, as in a plain_text object. */
export function withEmoji(text) {
  return text.replace(/:([a-z0-9_+'-]+):/g, (written, name) => EMOJI.get(name) ?? written);
}
