// Before the first paint: light or dark as chosen on this machine, else as the system has it.
(function () {
  var chosen = localStorage.getItem('mofasa.scheme');
  var dark = chosen === 'dark' || (chosen !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.dataset.mantineColorScheme = dark ? 'dark' : 'light';
})();
