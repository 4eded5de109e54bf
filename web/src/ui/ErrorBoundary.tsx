import { Button } from '@mantine/core';
import { Component, type ReactNode } from 'react';
import { withTranslation, type WithTranslation } from 'react-i18next';
import classes from './ErrorBoundary.module.css';
import { Notice } from './Notice.tsx';

interface Props extends WithTranslation {
  children: ReactNode;
  /** Where the reader is: a defect of one place is forgotten at the next. */
  at?: string;
}

/** Keeps a defect of one page from blanking the portal. */
class Boundary extends Component<Props, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override componentDidUpdate(before: Props) {
    if (before.at !== this.props.at && this.state.failed) this.setState({ failed: false });
  }

  override render() {
    const { t, children } = this.props;
    if (!this.state.failed) return children;
    return (
      <div className={classes.page}>
        <Notice tone="bad" title={t('problem.crashed')}>
          <Button mt="sm" variant="default" onClick={() => this.setState({ failed: false })}>{t('problem.reload')}</Button>
        </Notice>
      </div>
    );
  }
}

/** Shows a notice in place of children that throw while rendering. */
export const ErrorBoundary = withTranslation()(Boundary);
