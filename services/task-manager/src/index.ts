export { createTaskManager } from './app.ts';
export { loadTaskManagerConfig, TASK_MANAGER_ENV, type TaskManagerConfig } from './config.ts';
