// Where the browser offers it, "I am at the door" says where the telephone is. It is asked for then and never else; whatever comes
// of it, the report is sent: the page works without this script, and without a position.
const door = document.querySelector('button[value="at_door"]');
let asked = !door || !navigator.geolocation;
door?.form.addEventListener("submit", (event) => {
  if (asked || event.submitter !== door) return;
  event.preventDefault();
  asked = true;
  const fields = door.form.elements;
  const send = () => door.form.requestSubmit(door);
  const late = setTimeout(send, 9000);                               // a browser that never answers holds nobody up
  const once = (fill) => (answer) => { clearTimeout(late); fill(answer); send(); };
  navigator.geolocation.getCurrentPosition(once(({ coords }) => {
    fields.lat.value = coords.latitude.toFixed(6);
    fields.lon.value = coords.longitude.toFixed(6);
    fields.accuracy.value = Math.round(coords.accuracy);
  }), once(() => {}), { enableHighAccuracy: true, timeout: 8000, maximumAge: 30000 });
});
