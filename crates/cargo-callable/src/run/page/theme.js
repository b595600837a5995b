// How the library of the forms writes its elements: no styles of its own (the page's Content-Security-Policy allows only
// style.css and form.css), and descriptions as text.

/** Adds the theme `page` to the library. */
export function addTheme({ defaults }) {
  const hidden = (element) => {
    element?.classList.add('hidden-text');
    return element;
  };
  const described = (text) => Object.assign(document.createElement('p'), { textContent: text, className: 'description' });

  defaults.themes.page = class extends defaults.themes.html {
    getHiddenLabel(text) {
      return hidden(this.getFormInputLabel(text));
    }

    getHiddenText(text) {
      return hidden(Object.assign(document.createElement('span'), { textContent: text }));
    }

    visuallyHidden(element) {
      hidden(element);
    }

    getOptInCheckbox(name) {
      const checkbox = Object.assign(document.createElement('input'), { type: 'checkbox', id: `${name}-opt-in`, className: 'json-editor-opt-in' });
      checkbox.ariaLabel = `Send ${name}`;
      const container = document.createElement('span');
      container.append(checkbox);
      return { checkbox, container };
    }

    getDescription(text) {
      return described(text);
    }

    getFormInputDescription(text) {
      return described(text);
    }

    disableLabel(label) {
      label.classList.add('off');
    }

    enableLabel(label) {
      label.classList.remove('off');
    }

    disableHeader(header) {
      header.classList.add('off');
    }

    enableHeader(header) {
      header.classList.remove('off');
    }
  };
  Object.assign(defaults.languages.en, {
    button_add_row_title: 'Add {{0}}', button_delete_all: 'Delete all', button_delete_last: 'Delete last', button_object_properties: 'Add or remove members', button_properties: 'Members', button_collapse: 'Collapse', button_expand: 'Expand',
    default_array_item_title: 'item',
  });
}
